/**
 * What a relying party insists on. Every field is required: whatever is not checked must be written down as skipped,
 * with the reason, and the reason shows in the verdict. There is no default that is laxer than the caller thought.
 */
export interface Policy {
  /** Measurements the caller accepts, in the family's own form (simulator: the 32-byte release digest). */
  readonly measurements: readonly Uint8Array[] | Skip
  /** The nonce the caller sent. Skipped for evidence from an archive, whose nonce the enclave chose. */
  readonly nonce: Uint8Array | Skip
  /** `refused`: a TEE in debug mode, whose memory its host can read, is no TEE. */
  readonly debug: 'refused' | Skip
  /** `ahead`: the keys' `not_after` lies ahead of `now`. */
  readonly notAfter: 'ahead' | Skip
  /** Seconds since the evidence was made, at most. */
  readonly maxAge: number | Skip
  /** Seconds by which the enclave's clock may run ahead of `now`. */
  readonly clockSkew: number | Skip
}

export interface Skip {
  /** Why this is not checked, for whoever reads the verdict. Not empty. */
  readonly skip: string
}

/** Says in so many words that something is not checked, and why. */
export function skip(reason: string): Skip {
  return { skip: reason }
}

export function isSkip(part: unknown): part is Skip {
  return typeof part === 'object' && part !== null && 'skip' in part && typeof part.skip === 'string'
}
