/**
 * `npm run fuzz -- [--inputs N] [--seed N] [parser…]`: mutated inputs for every parser of foreign bytes, by default 100,000 each.
 * Genuine evidence is among the starts where `CORPUS_DIR` is. Ends with 1 at the first input that broke a parser's promise.
 */
import { existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import { resolve } from 'node:path'
import { describeFuzz, FuzzFinding, fuzz } from '../packages/attestation/conformance/fuzz/fuzz.ts'
import { attestationParsers, protocolParsers } from '../packages/attestation/conformance/fuzz/parsers.ts'
import { makeSamples } from '../packages/attestation/conformance/fuzz/samples.ts'
import { ROOT } from './sources.ts'
import { calledWrongly, readCommandLine, wholeNumber } from './usage.ts'

const USAGE = `Usage: npm run fuzz -- [--inputs N] [--seed N] [parser…]

Mutated inputs for every parser of foreign bytes, or for those named. A parser keeps its promise when it gives a result or a typed
error, soon, and keeps nothing. Genuine evidence is among the starts where CORPUS_DIR (default ../shared/corpus) is.

  --inputs N  inputs for each parser (100000; 1000000 take two hours)
  --seed N    another seed makes other inputs (1)

Exit codes: 0 every promise kept, 1 an input was found that broke one, 2 called wrongly.

Examples:
  $ npm run fuzz -- --inputs 2000
  $ npm run fuzz -- --seed 7 cbor der`

const { values, positionals } = readCommandLine(
  { text: USAGE, takesNames: true },
  { inputs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
)
const inputs = wholeNumber('--inputs', values.inputs, 1)
const seed = wholeNumber('--seed', values.seed, 0)

const corpus = resolve(ROOT, process.env['CORPUS_DIR'] ?? '../shared/corpus', 'attestation')
const known = existsSync(corpus)
const samples = await makeSamples(known ? corpus : null)
const parsers = [...attestationParsers(samples), ...protocolParsers(samples)]
const unknown = positionals.filter((name) => !parsers.some((parser) => parser.name === name))
if (unknown.length > 0)
  calledWrongly(`no parser is called ${unknown.join(' or ')}; there are ${parsers.map(({ name }) => name).join(', ')}`)

const load = loadavg().map((one) => one.toFixed(1))
console.log(
  `${inputs} inputs a parser, seed ${seed}, ${known ? 'with' : 'WITHOUT'} the corpus, load average ${load.join(' ')}`,
)
for (const parser of parsers) {
  if (positionals.length > 0 && !positionals.includes(parser.name)) continue
  try {
    console.log(describeFuzz(parser.name, fuzz(parser, inputs, seed)))
  } catch (error) {
    if (!(error instanceof FuzzFinding)) throw error
    console.log(`FOUND ${error.message}`)
    process.exitCode = 1
  }
}
