/** How long an SGX and a TDX quote with all their collateral take to verify, how much of it is bare mathematics, and beside another verifier. */
import { performance } from 'node:perf_hooks'
import { QuoteVerifier } from '@phala/dcap-qvl'
import { mathematics } from '../../client/src/crypto/mathematics.node.ts'
import { intelMachine } from '../../testkit/src/vendor-pki/intel.ts'
import { peerCollateral } from '../conformance/intel-peer.ts'
import { appraisers, type EndorsementName, endorsement, hardwareOnlyPolicy, verify } from '../src/index.ts'
import { readQuote } from '../src/intel/quote.ts'
import { sgxAppraiser } from '../src/sgx/appraiser.ts'
import { tdxAppraiser } from '../src/tdx/appraiser.ts'

const NOW = 1_790_000_000
const RUNS = 200
/** Quote, QE report, PCK, its CA, signer of TCB info, TCB info, QE identity, both CRLs. */
const SIGNATURES = 9
const TARGET = 2

interface Cost {
  /** Milliseconds until the verdict, median. */
  readonly median: number
  /** Milliseconds of processor time, mean: what is left of it on a machine that has other things to do. */
  readonly processor: number
}

async function cost(run: () => unknown): Promise<Cost> {
  for (let at = 0; at < RUNS; at++) await run()
  const times: number[] = []
  const before = process.cpuUsage()
  for (let at = 0; at < RUNS; at++) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(before)
  const median = times.toSorted((left, right) => left - right)[RUNS >> 1] ?? Number.NaN
  return { median, processor: (user + system) / 1000 / RUNS }
}

const shown = ({ median, processor }: Cost, times = 1): string =>
  `${(median * times).toFixed(2)} ms (processor ${(processor * times).toFixed(2)} ms)`

for (const type of ['sgx', 'tdx'] as const) {
  const { quote, collateral, roots, root } = intelMachine({ now: NOW, tee: type })
  const endorsements = Object.entries(collateral).map(([name, bytes]) => endorsement(name as EndorsementName, bytes))
  const families = appraisers(sgxAppraiser(roots), tdxAppraiser(roots))
  const policy = hardwareOnlyPolicy(type)
  const ours = async (): Promise<void> => {
    const verdict = await verify({ type, quote, binding: null }, endorsements, policy, NOW, mathematics, families)
    if (!verdict.accepted) throw new Error(`refused: ${verdict.failures.join()}`)
  }
  const peer = QuoteVerifier.newWithRootCa(Buffer.from(root))
  const theirCollateral = peerCollateral(collateral)
  const theirs = (): unknown => peer.verify(quote, theirCollateral, NOW)

  const { attestationKey, signed, signature } = readQuote(quote)
  const key = { form: 'raw', bytes: Uint8Array.of(4, ...attestationKey) } as const
  const bare = await cost(() => mathematics.verifySignature('ecdsa-p256-sha256', key, signed, signature))
  const whole = await cost(ours)
  const beside = await cost(theirs)
  console.log(`${type.toUpperCase()} with all collateral, median of ${RUNS}: ${shown(whole)}`)
  console.log(`bare: ${SIGNATURES} P-256 signatures one after another: ${shown(bare, SIGNATURES)}`)
  console.log(`@phala/dcap-qvl, which checks less: ${shown(beside)}`)
  console.log(`target ${TARGET} ms: ${whole.median <= TARGET ? 'met' : 'NOT MET'}`)
}
