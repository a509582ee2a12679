/** What an Intel SGX quote says beyond the claims common to all families. */
export interface SgxClaims {
  readonly family: 'sgx'
  readonly isvProdId: number
  readonly isvSvn: number
  readonly configId: Uint8Array
  readonly attributes: Uint8Array
  /** Null where the PCK certificate could not be read. */
  readonly fmspc: Uint8Array | null
  /** The one both TCB info and QE identity have, or the lesser; null in collateral that predates it. */
  readonly tcbEvaluationDataNumber: number | null
}
