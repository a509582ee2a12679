/** What evidence says, in terms common to all families; the part a family has alone is `details`. */
import type { AzureVtpmClaims } from './azure-vtpm/claims.ts'
import type { Registers } from './measurements.ts'
import type { NitroClaims } from './nitro/claims.ts'
import type { SgxClaims } from './sgx/claims.ts'
import type { SnpClaims } from './snp/claims.ts'
import type { Tcb } from './tcb.ts'
import type { TdxClaims } from './tdx/claims.ts'

export type FamilyClaims =
  | NitroClaims
  | SgxClaims
  | TdxClaims
  | SnpClaims
  | AzureVtpmClaims
  | { readonly family: 'simulator' }

/** The machine the evidence comes from, in the identity its vendor gives it. */
export interface Platform {
  readonly kind: 'chip-id' | 'ppid' | 'ec2-instance' | 'csp-id'
  readonly id: Uint8Array
}

export interface Claims {
  /** Measurements by the vendor's names for the registers. */
  readonly measurements: Registers
  /** What the guest had the hardware sign: 64 bytes where a key binding is to be found in it; null where there is none. */
  readonly reportData: Uint8Array | null
  /**
   * What stands in the slot a family has for a nonce alone (Nitro, vTPM quote). Null where there is none, and then the report data
   * may hold the nonce. Empty where it may not: a vTPM's quote is of another moment than the report below it.
   */
  readonly nonce: Uint8Array | null
  readonly debug: boolean
  /** Seconds since 1970 when the TEE signed, or null in families whose evidence carries no time. */
  readonly issuedAt: number | null
  /** Null where the evidence names no machine (a VLEK, a masked chip id). */
  readonly platform: Platform | null
  /** Null in families without versions of their own to judge (Nitro, the simulator). */
  readonly tcb: Tcb | null
  readonly details: FamilyClaims
}
