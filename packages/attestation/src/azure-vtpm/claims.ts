import type { SnpClaims } from '../snp/claims.ts'
import type { TdxClaims } from '../tdx/claims.ts'

/** What the evidence of a confidential VM on Azure says beyond the claims common to all families. */
export interface AzureVtpmClaims {
  readonly family: 'azure-vtpm'
  readonly vmUniqueId: string | null
  readonly secureBoot: boolean | null
  /** The hardware that vouches for the vTPM, whose measurement is Microsoft's paravisor. */
  readonly hardware: SnpClaims | TdxClaims
  readonly hardwareMeasurement: Uint8Array
}
