/**
 * `npm run conformance -- [--exhaustive] [word…]`: the project against other people's data, or of its suites those whose path has
 * one of the words. The corpora are read in place, from `CORPUS_DIR` (by default `../shared/corpus`); where they are not, this says
 * so and checks nothing. `--exhaustive` flips every bit of every byte of genuine evidence, and cuts it at every byte: an hour and
 * more where the ordinary run takes some minutes. The TPM client meets `swtpm` where it is.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from './sources.ts'

const { values, positionals } = parseArgs({
  options: { exhaustive: { type: 'boolean', default: false } },
  allowPositionals: true,
})

/** Needs a TPM in software beside the corpora. */
const OF_SWTPM = join('apps', 'enclave', 'conformance', 'tpm.test.ts')

const corpus = resolve(ROOT, process.env['CORPUS_DIR'] ?? '../shared/corpus')
if (!existsSync(corpus)) {
  console.log(
    'NOT RUN: no corpus here. Set CORPUS_DIR to the folder that holds attestation/, trading/, vectors/ and tlog/.',
  )
} else {
  const hasSwtpm = spawnSync(process.env['SWTPM'] ?? 'swtpm', ['--version']).status === 0
  if (!hasSwtpm)
    console.log(`NOT RUN: no swtpm here, so ${OF_SWTPM} checks nothing. Install swtpm, or name it in SWTPM.`)
  const files = globSync(['packages/*/conformance/**/*.test.ts', 'apps/*/conformance/**/*.test.ts'], { cwd: ROOT })
    .filter((file) => positionals.length === 0 || positionals.some((word) => file.includes(word)))
    .filter((file) => hasSwtpm || file !== OF_SWTPM)
    .toSorted()
  if (files.length === 0) throw new Error(`no conformance suite is called ${positionals.join(' or ')}`)
  const run = spawnSync(process.execPath, ['--test', ...files.map((file) => join(ROOT, file))], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, CORPUS_DIR: corpus, ...(values.exhaustive ? { EXHAUSTIVE: '1' } : {}) },
  })
  process.exitCode = run.status ?? 1
}
