/** Every parser of the protocol room over 20,000 mutated inputs: only typed errors, soon, and nothing kept. `npm run fuzz` runs more. */
import { test } from 'node:test'
import { CORPUS } from '../../attestation/conformance/corpus.ts'
import { describeFuzz, fuzz } from '../../attestation/conformance/fuzz/fuzz.ts'
import { protocolParsers } from '../../attestation/conformance/fuzz/parsers.ts'
import { makeSamples } from '../../attestation/conformance/fuzz/samples.ts'

const INPUTS = 20_000
const SEED = 20_261_120

for (const parser of protocolParsers(await makeSamples(CORPUS))) {
  test(`only typed errors: ${parser.name}`, () => {
    console.log(describeFuzz(parser.name, fuzz(parser, INPUTS, SEED)))
  })
}
