/** Evidence of each family by a test vendor, as a bundle, with the roots that must be given in so many words. */
import {
  type EndorsementName,
  type EvidenceBundle,
  endorsement,
  type HardwareFamily,
} from '@perf-aggregator/attestation'
import { amdMachine, azureVm, intelMachine, nitroEnclave } from '@perf-aggregator/testkit/vendor-pki'

export interface MadeBundle extends EvidenceBundle {
  /** Of the hardware; for Azure those of the machine below. */
  readonly roots: readonly string[] | Readonly<Record<'Milan' | 'Genoa' | 'Turin', readonly string[]>>
}

export function madeBundles(now: number): Readonly<Record<HardwareFamily, MadeBundle>> {
  const enclave = nitroEnclave({ now, userData: new Uint8Array(64).fill(1) })
  const amd = amdMachine({ now, product: 'Genoa' })
  const vm = azureVm({ now })
  const bundle = (type: HardwareFamily, quote: Uint8Array, endorsements: readonly Uint8Array[]): EvidenceBundle => ({
    evidence: { type, quote, binding: null },
    endorsements,
    collectedAt: now,
  })
  const intel = (tee: 'sgx' | 'tdx'): MadeBundle => {
    const { quote, collateral, roots } = intelMachine({ now, tee })
    const pieces = Object.entries(collateral).map(([name, bytes]) => endorsement(name as EndorsementName, bytes))
    return { ...bundle(tee, quote, pieces), roots }
  }
  const amdPieces = (machine: typeof amd): readonly Uint8Array[] => [
    ...machine.chain.map((one) => endorsement('certificate', one)),
    endorsement('crl', machine.revoke([])),
  ]
  const lists = enclave.crls().map((one) => endorsement('crl', one))
  return {
    nitro: { ...bundle('nitro', enclave.document, lists), roots: enclave.roots },
    sgx: intel('sgx'),
    tdx: intel('tdx'),
    snp: { ...bundle('snp', amd.report, amdPieces(amd)), roots: amd.roots },
    'azure-vtpm': { ...bundle('azure-vtpm', vm.quote, amdPieces(vm.machine)), roots: vm.machine.roots },
  }
}
