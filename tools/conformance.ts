/**
 * `npm run conformance`: the project against other people's data. The corpora are read in place, from `CORPUS_DIR`
 * (by default `../shared/corpus`); where they are not, this says so and checks nothing. The TPM client meets `swtpm` where it is.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ROOT } from './sources.ts'

/** Needs a TPM in software beside the corpora. */
const OF_SWTPM = join('apps', 'enclave', 'conformance', 'tpm.test.ts')

const corpus = resolve(ROOT, process.env['CORPUS_DIR'] ?? '../shared/corpus')
if (!existsSync(corpus)) {
  console.log(
    'NOT RUN: no corpus here. Set CORPUS_DIR to the folder that holds attestation/, trading/, vectors/ and tlog/.',
  )
} else {
  const all = globSync(['packages/*/conformance/**/*.test.ts', 'apps/*/conformance/**/*.test.ts'], { cwd: ROOT })
  const hasSwtpm = spawnSync(process.env['SWTPM'] ?? 'swtpm', ['--version']).status === 0
  if (!hasSwtpm)
    console.log(`NOT RUN: no swtpm here, so ${OF_SWTPM} checks nothing. Install swtpm, or name it in SWTPM.`)
  const files = all.filter((file) => hasSwtpm || file !== OF_SWTPM)
  if (files.length === 0) throw new Error('no conformance suite found')
  const run = spawnSync(process.execPath, ['--test', ...files.map((file) => join(ROOT, file))], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, CORPUS_DIR: corpus },
  })
  process.exitCode = run.status ?? 1
}
