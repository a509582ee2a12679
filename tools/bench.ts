/** `npm run bench [-- name…]`: every benchmark of the rooms, one after another, each printing what it measured. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { basename, join } from 'node:path'
import { ROOT } from './sources.ts'
import { calledWrongly, readCommandLine } from './usage.ts'

const all = globSync(['packages/*/bench/*.ts', 'apps/*/bench/*.ts'], { cwd: ROOT }).toSorted()
const nameOf = (file: string): string => basename(file, '.ts')

const USAGE = `Usage: npm run bench [-- name…]

Every benchmark, one after another, or those named: ${all.map(nameOf).join(', ')}. Each prints what it
measured and compares it with nothing: figures of a busy machine are its own.

Exit codes: 0 done, 1 one of them failed, 2 called wrongly.

Examples:
  $ npm run bench
  $ npm run bench -- booking verify`

const { positionals: wanted } = readCommandLine({ text: USAGE, takesNames: true }, {})
const unknown = wanted.filter((name) => !all.some((file) => nameOf(file) === name))
if (unknown.length > 0)
  calledWrongly(`no benchmark is called ${unknown.join(' or ')}; there are ${all.map(nameOf).join(', ')}`)
const files = all.filter((file) => wanted.length === 0 || wanted.includes(nameOf(file)))
console.log(`Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown processor'}`)
for (const file of files) {
  console.log(`\n== ${file}`)
  const run = spawnSync(process.execPath, [join(ROOT, file)], { cwd: ROOT, stdio: 'inherit' })
  if (run.status !== 0) process.exitCode = 1
}
