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
const WARM_UP = 40
const RUNS = 200

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

/** Medians of runs that take turns, so that a busy moment of the machine falls on all of them alike. */
async function medians(runs: readonly (() => unknown)[]): Promise<readonly number[]> {
  const times = runs.map((): number[] => [])
  for (let round = 0; round < WARM_UP + RUNS; round++) {
    for (const [at, run] of runs.entries()) {
      const started = performance.now()
      await run()
      if (round >= WARM_UP) times[at]?.push(performance.now() - started)
    }
  }
  return times.map((one) => one.toSorted((left, right) => left - right)[RUNS >> 1] ?? Number.NaN)
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
  const [whole = 0, alone = 0, other] = await medians([() => judge(subject), bare, ...(peer ? [peer] : [])])
  const beside =
    other === undefined ? '' : `; @phala/dcap-qvl ${other.toFixed(2)} ms, ${(other / whole).toFixed(1)} times as long`
  const bound = target === null ? '' : `target ${target} ms ${whole <= target ? 'met' : 'NOT MET'}, `
  const verdict = `${bound}twice the bare ${whole <= 2 * alone ? 'met' : 'NOT MET'}`
  console.log(
    `${type.padEnd(10)} ${whole.toFixed(2)} ms from a bundle of ${bundle.length} bytes; ${asked.length} signatures alone ${alone.toFixed(2)} ms, ratio ${(whole / alone).toFixed(2)}${beside}; ${verdict}`,
  )
}
console.log(
  `medians of ${RUNS} that took turns; load average ${loadavg()
    .map((one) => one.toFixed(1))
    .join(' ')}`,
)
