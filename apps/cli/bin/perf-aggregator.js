#!/usr/bin/env node
/**
 * Starts the tool, or says in plain words why this Node cannot. Plain JavaScript, because what an old Node cannot read
 * it cannot explain either: the rest is TypeScript, run as it is.
 */
const NEEDED = 26

if (Number.parseInt(process.versions.node, 10) >= NEEDED) await import('../src/main.ts')
else {
  process.stderr.write(
    `perf-aggregator needs Node ${NEEDED}; this is Node ${process.versions.node}. The repository brings its own: after "npm ci", run "npx perf-aggregator" there.\n`,
  )
  process.exitCode = 2
}
