/** How long one AMD SEV-SNP report with its chain and revocation list takes to verify, and how much of it is bare mathematics. */
import { performance } from 'node:perf_hooks'
import { mathematics } from '../../client/src/crypto/mathematics.node.ts'
import { amdMachine, azureVm } from '../../testkit/src/vendor-pki/index.ts'
import { azureVtpmAppraiser } from '../src/azure-vtpm/appraiser.ts'
import { appraisers, endorsement, hardwareOnlyPolicy, skip, verify } from '../src/index.ts'
import { snpAppraiser } from '../src/snp/appraiser.ts'
import { readSnpReport } from '../src/snp/report.ts'
import { tdxAppraiser } from '../src/tdx/appraiser.ts'
import { readCertificate } from '../src/x509/index.ts'

const NOW = 1_790_000_000
const RUNS = 300
const TARGET = 1.5

const machine = amdMachine({ now: NOW, product: 'Genoa', rsa: 'rsa4096' })
const vm = azureVm({ now: NOW, machine: { product: 'Genoa', rsa: 'rsa4096' } })
const snp = snpAppraiser(machine.roots)
const families = appraisers(snp, azureVtpmAppraiser({ snp, tdx: tdxAppraiser([]) }))
const chain = machine.chain.map((one) => endorsement('certificate', one))
const list = endorsement('crl', machine.revoke([]))

async function median(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let at = 0; at < RUNS; at++) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  return times.toSorted((left, right) => left - right)[RUNS >> 1] ?? Number.NaN
}

async function whole(type: 'snp' | 'azure-vtpm', quote: Uint8Array, lists: readonly Uint8Array[]): Promise<void> {
  const policy = hardwareOnlyPolicy(type, lists.length > 0 ? {} : { revocation: skip('no list') })
  const verdict = await verify({ type, quote, binding: null }, [...chain, ...lists], policy, NOW, mathematics, families)
  if (!verdict.accepted) throw new Error(`refused: ${verdict.failures.join()}`)
}

const { signed, signature } = readSnpReport(machine.report)
const [leaf, intermediate, root] = machine.chain.map(readCertificate)
if (!leaf || !intermediate || !root) throw new Error('no chain')
const bare = await median(async () => {
  const spki = (bytes: Uint8Array) => ({ form: 'spki', bytes }) as const
  await mathematics.verifySignature('ecdsa-p384-sha384', spki(leaf.key.spki), signed, signature)
  await mathematics.verifySignature('rsa-pss-sha384', spki(intermediate.key.spki), leaf.signed, leaf.signature.bytes)
  await mathematics.verifySignature(
    'rsa-pss-sha384',
    spki(root.key.spki),
    intermediate.signed,
    intermediate.signature.bytes,
  )
})
const withList = await median(() => whole('snp', machine.report, [list]))
const without = await median(() => whole('snp', machine.report, []))
const azure = await median(() => whole('azure-vtpm', vm.quote, [list]))

console.log(`SNP, median of ${RUNS}: ${withList.toFixed(2)} ms with the list, ${without.toFixed(2)} ms without`)
console.log(`Azure vTPM on SNP, median of ${RUNS}: ${azure.toFixed(2)} ms with the list`)
console.log(`bare: one P-384 and two RSA-4096 signatures one after another take ${bare.toFixed(2)} ms`)
const times = (withList / bare).toFixed(2)
console.log(
  `with the list ${times} times the bare mathematics; target ${TARGET} ms: ${withList <= TARGET ? 'met' : 'NOT MET'}`,
)
