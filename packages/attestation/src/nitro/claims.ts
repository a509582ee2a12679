/** What an AWS Nitro attestation document says beyond the claims common to all families. */
export interface NitroClaims {
  readonly family: 'nitro'
  /** `i-…-enc…`: the EC2 instance and the enclave on it */
  readonly moduleId: string
  readonly publicKey: Uint8Array | null
  readonly userData: Uint8Array | null
}
