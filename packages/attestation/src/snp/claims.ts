import type { SnpProduct } from './policy.ts'

/** What an AMD SEV-SNP report says beyond the claims common to all families. */
export interface SnpClaims {
  readonly family: 'snp'
  readonly reportVersion: number
  readonly product: SnpProduct
  readonly signingKey: 'vcek' | 'vlek'
  readonly vmpl: number
  /** 64 bits, as they stand in the report */
  readonly guestPolicy: bigint
  readonly platformInfo: bigint
  readonly guestSvn: number
  readonly hostData: Uint8Array
  readonly idKeyDigest: Uint8Array
  readonly authorKeyDigest: Uint8Array
}
