/**
 * `npm run conformance -- [--exhaustive] [word…]`: the project against other people's data, or of its suites those whose path has
 * one of the words. The corpora are read in place, from `CORPUS_DIR` (by default `../shared/corpus`); where they are not, this says
 * so and checks nothing. `--exhaustive` flips every bit of every byte of genuine evidence, and cuts it at every byte: an hour and
 * more where the ordinary run takes some minutes. The TPM client meets `swtpm` where it is.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ROOT } from './sources.ts'
import { calledWrongly, readCommandLine } from './usage.ts'

const USAGE = `Usage: npm run conformance -- [--exhaustive] [word…]

The project against other people's data, read in place from CORPUS_DIR (default ../shared/corpus); where that is not there, it says so
and checks nothing. A word chooses the suites whose path has it. The TPM client meets swtpm (SWTPM names another) where there is one.

  --exhaustive  every bit of every byte of genuine evidence: an hour and more, where the ordinary run takes some minutes

Exit codes: 0 all as expected or nothing to check, 1 something is not, 2 called wrongly.

Examples:
  $ npm run conformance
  $ CORPUS_DIR=/data/corpus npm run conformance -- intel mutation`

const { values, positionals } = readCommandLine(
  { text: USAGE, takesNames: true },
  { exhaustive: { type: 'boolean', default: false } },
)

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
  if (files.length === 0) calledWrongly(`no conformance suite is called ${positionals.join(' or ')}`)
  const run = spawnSync(process.execPath, ['--test', ...files.map((file) => join(ROOT, file))], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, CORPUS_DIR: corpus, ...(values.exhaustive ? { EXHAUSTIVE: '1' } : {}) },
  })
  process.exitCode = run.status ?? 1
}
