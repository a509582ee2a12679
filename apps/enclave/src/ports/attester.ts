/** What the TEE signs about this enclave. One implementation per family under `tee/`. */
export interface Evidence {
  /** Family, as `evidence_type` of `GET /attestation/quote`: `simulator`, later `snp`, `tdx`, … */
  readonly type: string
  readonly quote: Uint8Array
  /** What a verifier needs beside the quote (certificates, collateral), in the family's order. */
  readonly endorsements: readonly Uint8Array[]
}

export interface Attester {
  readonly type: string
  /**
   * Evidence over `reportData`, exactly 64 bytes.
   * Rejects when the TEE does not answer; never falls back to another family.
   */
  attest(reportData: Uint8Array): Promise<Evidence>
}
