/** The only source of randomness. */
export interface Random {
  /** A fresh, non-pooled buffer of `length` cryptographically strong bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>
}
