import type { SnpProduct } from './policy.ts'

/** What an AMD SEV-SNP report says beyond the claims common to all families. */
export interface SnpClaims {
  readonly family: 'snp'
  readonly reportVersion: number
  /** Null where neither the report nor the certificate names a product that is known. */
  readonly product: SnpProduct | null
  /** Null where the report names another key, or none. */
  readonly signingKey: 'vcek' | 'vlek' | null
  readonly vmpl: number
  /** 64 bits, as they stand in the report */
  readonly guestPolicy: bigint
  readonly platformInfo: bigint
  readonly guestSvn: number
  readonly hostData: Uint8Array
  readonly idKeyDigest: Uint8Array
  readonly authorKeyDigest: Uint8Array
}
