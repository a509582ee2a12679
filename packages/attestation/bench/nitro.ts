/** How long one AWS Nitro document with its two revocation lists takes to verify, and how much of it is bare mathematics. */
import { performance } from 'node:perf_hooks'
import { mathematics } from '../../client/src/crypto/mathematics.node.ts'
import { nitroEnclave } from '../../testkit/src/vendor-pki/index.ts'
import { appraisers, endorsement, hardwareOnlyPolicy, verify } from '../src/index.ts'
import { nitroAppraiser } from '../src/nitro/appraiser.ts'
import { readNitroDocument } from '../src/nitro/document.ts'
import { readCertificate } from '../src/x509/index.ts'

const NOW = 1_790_000_000
const RUNS = 300
/** The document, four certificates, two lists. */
const SIGNATURES = 7
const TARGET = 5

const enclave = nitroEnclave({ now: NOW, userData: new Uint8Array(64).fill(1) })
const lists = enclave.crls().map((list) => endorsement('crl', list))
const evidence = { type: 'nitro', quote: enclave.document, binding: null }
const families = appraisers(nitroAppraiser(enclave.roots))

async function median(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let at = 0; at < RUNS; at++) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  return times.toSorted((left, right) => left - right)[RUNS >> 1] ?? Number.NaN
}

const whole = async (endorsements: readonly Uint8Array[]): Promise<void> => {
  const revocation = endorsements.length > 0 ? {} : { revocation: { skip: 'no lists' } }
  const policy = hardwareOnlyPolicy('nitro', revocation)
  const verdict = await verify(evidence, endorsements, policy, NOW, mathematics, families)
  if (!verdict.accepted) throw new Error(`refused: ${verdict.failures.join()}`)
}

const { cose, chain } = readNitroDocument(enclave.document)
const key = { form: 'spki', bytes: readCertificate(chain[0] ?? new Uint8Array()).key.spki } as const
const bare = await median(() => mathematics.verifySignature('ecdsa-p384-sha384', key, cose.signed, cose.signature))
const withLists = await median(() => whole(lists))
const without = await median(() => whole([]))

console.log(`Nitro, median of ${RUNS}: ${withLists.toFixed(2)} ms with both lists, ${without.toFixed(2)} ms without`)
console.log(`bare: ${SIGNATURES} P-384 signatures one after another take ${(SIGNATURES * bare).toFixed(2)} ms`)
console.log(`target ${TARGET} ms: ${withLists <= TARGET ? 'met' : 'NOT MET'}`)
