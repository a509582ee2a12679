/** What an Intel TDX quote says beyond the claims common to all families. */
export interface TdxClaims {
  readonly family: 'tdx'
  /** 8 bytes */
  readonly tdAttributes: Uint8Array
  /** 8 bytes */
  readonly xfam: Uint8Array
  /** 48 bytes each */
  readonly mrSeam: Uint8Array
  readonly mrConfigId: Uint8Array
  readonly mrOwner: Uint8Array
  readonly mrOwnerConfig: Uint8Array
  /** Null in TD 1.0, which has no such field */
  readonly mrServiceTd: Uint8Array | null
  /** Null where the PCK certificate could not be read. */
  readonly fmspc: Uint8Array | null
  /** The one both TCB info and QE identity have, or the lesser; null in collateral that predates it. */
  readonly tcbEvaluationDataNumber: number | null
}
