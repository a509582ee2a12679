/**
 * `npm run fuzz -- [--inputs N] [--seed N] [parser…]`: mutated inputs for every parser of foreign bytes, by default 100,000 each.
 * Genuine evidence is among the starts where `CORPUS_DIR` is. Ends with 1 at the first input that broke a parser's promise.
 */
import { existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { describeFuzz, FuzzFinding, fuzz } from '../packages/attestation/conformance/fuzz/fuzz.ts'
import { attestationParsers, protocolParsers } from '../packages/attestation/conformance/fuzz/parsers.ts'
import { makeSamples } from '../packages/attestation/conformance/fuzz/samples.ts'
import { ROOT } from './sources.ts'

const { values, positionals } = parseArgs({
  options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
})
const [inputs, seed] = [Number(values.inputs), Number(values.seed)]
if (!Number.isSafeInteger(inputs) || inputs < 1 || !Number.isSafeInteger(seed))
  throw new Error('--inputs and --seed are whole numbers')

const corpus = resolve(ROOT, process.env['CORPUS_DIR'] ?? '../shared/corpus', 'attestation')
const known = existsSync(corpus)
const samples = await makeSamples(known ? corpus : null)
const parsers = [...attestationParsers(samples), ...protocolParsers(samples)]
const unknown = positionals.filter((name) => !parsers.some((parser) => parser.name === name))
if (unknown.length > 0)
  throw new Error(
    `no parser is called ${unknown.join(' or ')}; there are ${parsers.map(({ name }) => name).join(', ')}`,
  )

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
