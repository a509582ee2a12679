/**
 * `npm run conformance`: the project against other people's data. The corpora are read in place, from `CORPUS_DIR`
 * (by default `../shared/corpus`); where they are not, this says so and checks nothing.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ROOT } from './sources.ts'

const corpus = resolve(ROOT, process.env['CORPUS_DIR'] ?? '../shared/corpus')
if (!existsSync(corpus)) {
  console.log(
    'NOT RUN: no corpus here. Set CORPUS_DIR to the folder that holds attestation/, trading/, vectors/ and tlog/.',
  )
} else {
  const files = globSync(['packages/*/conformance/**/*.test.ts', 'apps/*/conformance/**/*.test.ts'], { cwd: ROOT })
  if (files.length === 0) throw new Error('no conformance suite found')
  const run = spawnSync(process.execPath, ['--test', ...files.map((file) => join(ROOT, file))], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, CORPUS_DIR: corpus },
  })
  process.exitCode = run.status ?? 1
}
