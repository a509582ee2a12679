/** Every parser of the attestation room over 20,000 mutated inputs: only typed errors, soon, and nothing kept. `npm run fuzz` runs more. */
import { test } from 'node:test'
import { CORPUS } from './corpus.ts'
import { describeFuzz, fuzz } from './fuzz/fuzz.ts'
import { attestationParsers } from './fuzz/parsers.ts'
import { makeSamples } from './fuzz/samples.ts'

const INPUTS = 20_000
const SEED = 20_261_120

for (const parser of attestationParsers(await makeSamples(CORPUS))) {
  test(`only typed errors: ${parser.name}`, () => {
    console.log(describeFuzz(parser.name, fuzz(parser, INPUTS, SEED)))
  })
}
