/** Seals the master key to this TEE: what one enclave sealed, only the same measurement unseals. */
export interface RootOfTrust {
  readonly name: string
  seal(secret: Uint8Array): Promise<Uint8Array>
  /** The caller wipes what it gets. Rejects when the blob was altered or sealed elsewhere. */
  unseal(blob: Uint8Array): Promise<Uint8Array<ArrayBuffer>>
}
