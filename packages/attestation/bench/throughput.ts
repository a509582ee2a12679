/**
 * Every family in one run: a whole verification from the bundle file's bytes, and beside it the same signature verifications alone, as
 * they were recorded, one after another. For SGX and TDX another verifier's time, which gets its collateral already parsed.
 */
import { loadavg } from 'node:os'
import { performance } from 'node:perf_hooks'
import { QuoteVerifier } from '@phala/dcap-qvl'
import { mathematics } from '../../client/src/crypto/mathematics.node.ts'
import { amdMachine, azureVm, intelMachine, nitroEnclave } from '../../testkit/src/vendor-pki/index.ts'
import { peerCollateral } from '../conformance/intel-peer.ts'
import { azureVtpmAppraiser } from '../src/azure-vtpm/appraiser.ts'
import {
  type Appraisers,
  appraisers,
  type EndorsementName,
  endorsement,
  formatBundle,
  type HardwareFamily,
  hardwareOnlyPolicy,
  type Mathematics,
  parseBundle,
  verify,
} from '../src/index.ts'
import { nitroAppraiser } from '../src/nitro/appraiser.ts'
import { sgxAppraiser } from '../src/sgx/appraiser.ts'
import { snpAppraiser } from '../src/snp/appraiser.ts'
import { tdxAppraiser } from '../src/tdx/appraiser.ts'

const NOW = 1_790_000_000
const WARM_UP = 200
const RUNS = 400
const BLOCK = 20

interface Subject {
  readonly type: HardwareFamily
  readonly bundle: Uint8Array
  readonly families: Appraisers
  /** Milliseconds the whole may take, where a bound was set. */
  readonly target: number | null
  readonly peer?: () => unknown
}

const bundleOf = (type: HardwareFamily, quote: Uint8Array, endorsements: readonly Uint8Array[]): Uint8Array =>
  formatBundle({ evidence: { type, quote, binding: null }, endorsements, collectedAt: NOW })

function nitro(): Subject {
  const enclave = nitroEnclave({ now: NOW, userData: new Uint8Array(64).fill(1) })
  const lists = enclave.crls().map((list) => endorsement('crl', list))
  const families = appraisers(nitroAppraiser(enclave.roots))
  return { type: 'nitro', bundle: bundleOf('nitro', enclave.document, lists), families, target: 5 }
}

function intel(type: 'sgx' | 'tdx'): Subject {
  const { quote, collateral, roots, root } = intelMachine({ now: NOW, tee: type })
  const pieces = Object.entries(collateral).map(([name, bytes]) => endorsement(name as EndorsementName, bytes))
  const verifier = QuoteVerifier.newWithRootCa(Buffer.from(root))
  const theirs = peerCollateral(collateral)
  return {
    type,
    bundle: bundleOf(type, quote, pieces),
    families: appraisers(sgxAppraiser(roots), tdxAppraiser(roots)),
    target: 2,
    peer: () => verifier.verify(quote, theirs, NOW),
  }
}

function amd(type: 'snp' | 'azure-vtpm'): Subject {
  const vm = azureVm({ now: NOW, machine: { product: 'Genoa', rsa: 'rsa4096' } })
  const machine = type === 'snp' ? amdMachine({ now: NOW, product: 'Genoa', rsa: 'rsa4096' }) : vm.machine
  const pieces = [
    ...machine.chain.map((one) => endorsement('certificate', one)),
    endorsement('crl', machine.revoke([])),
  ]
  const snp = snpAppraiser(machine.roots)
  return {
    type,
    bundle: bundleOf(type, type === 'snp' ? machine.report : vm.quote, pieces),
    families: appraisers(snp, azureVtpmAppraiser({ snp, tdx: tdxAppraiser([]) })),
    target: type === 'snp' ? 1.5 : null,
  }
}

type Asked = Parameters<Mathematics['verifySignature']>

async function judge({ type, bundle, families }: Subject, over: Mathematics = mathematics): Promise<void> {
  const { evidence, endorsements, collectedAt } = parseBundle(bundle)
  const verdict = await verify(evidence, endorsements, hardwareOnlyPolicy(type), collectedAt, over, families)
  if (!verdict.accepted) throw new Error(`${type} refused: ${verdict.failures.join()}`)
}

interface Times {
  readonly median: number
  /** What a machine with nothing else to do takes, nearly. */
  readonly fastest: number
}

/** Runs take turns, block by block, so that a busy moment of the machine falls on all of them alike, and the garbage of each on itself. */
async function measure(runs: readonly (() => unknown)[]): Promise<readonly Times[]> {
  const times = runs.map((): number[] => [])
  for (let block = 0; block < (WARM_UP + RUNS) / BLOCK; block++) {
    for (const [at, run] of runs.entries()) {
      for (let one = 0; one < BLOCK; one++) {
        const started = performance.now()
        await run()
        if (block >= WARM_UP / BLOCK) times[at]?.push(performance.now() - started)
      }
    }
  }
  return times.map((one) => {
    const [fastest = Number.NaN] = one.sort((left, right) => left - right)
    return { fastest, median: one[RUNS >> 1] ?? Number.NaN }
  })
}

for (const subject of [nitro(), intel('sgx'), intel('tdx'), amd('snp'), amd('azure-vtpm')]) {
  const { type, bundle, target, peer } = subject
  const asked: Asked[] = []
  await judge(subject, {
    digest: async (algorithm, bytes) => mathematics.digest(algorithm, bytes),
    verifySignature(...question) {
      asked.push(question)
      return mathematics.verifySignature(...question)
    },
  })
  const bare = async (): Promise<void> => {
    for (const question of asked) await mathematics.verifySignature(...question)
  }
  const [whole, alone, other] = await measure([() => judge(subject), bare, ...(peer ? [peer] : [])])
  if (!whole || !alone) throw new Error('nothing was measured')
  console.log(`${type}: a bundle of ${bundle.length} bytes, ${asked.length} signatures`)
  for (const statistic of ['median', 'fastest'] as const) {
    const [ours, bareTime, theirs] = [whole[statistic], alone[statistic], other?.[statistic]]
    const beside = theirs
      ? `; @phala/dcap-qvl ${theirs.toFixed(2)} ms, ${met(theirs >= 2 * ours, `${(theirs / ours).toFixed(1)} times as long`)}`
      : ''
    const bound = target === null ? '' : `; ${met(ours <= target, `${target} ms`)}`
    const ratio = met(ours <= 2 * bareTime, `ratio ${(ours / bareTime).toFixed(2)}`)
    console.log(
      `  ${statistic.padEnd(7)} ${ours.toFixed(2)} ms; signatures alone ${bareTime.toFixed(2)} ms, ${ratio}${bound}${beside}`,
    )
  }
}
const load = loadavg().map((one) => one.toFixed(1))
console.log(`of ${RUNS} runs; targets: ratio 2, peer twice as long; load average ${load.join(' ')}`)

function met(isMet: boolean, what: string): string {
  return `${what} (target ${isMet ? 'met' : 'NOT MET'})`
}
