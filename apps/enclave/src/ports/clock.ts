/** The only source of time. Tests drive it; nothing else in the enclave reads `Date`. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
}
