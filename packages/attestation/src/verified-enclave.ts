import type { Binding } from './binding.ts'
import type { Registers } from './measurements.ts'

declare const verified: unique symbol

/**
 * An enclave whose evidence was verified. Only `verify` makes one, in the type system and at run time, so keys that
 * nobody verified cannot be passed on by mistake where verified ones are wanted.
 */
export interface VerifiedEnclave {
  readonly [verified]: true
  readonly evidenceType: string
  /** By the vendor's names for the registers. */
  readonly measurements: Registers
  /** The keys and the release the evidence commits to: a copy of the verifier's own. */
  readonly binding: Binding
  /** Seconds since 1970: when it was verified, by the verifier's clock. */
  readonly verifiedAt: number
}

const made = new WeakSet<object>()

/** Owned by `verify.ts`: nothing else may import it. `binding` is already the verifier's own copy. */
export function markVerified(
  evidenceType: string,
  measurements: Registers,
  binding: Binding,
  verifiedAt: number,
): VerifiedEnclave {
  const copies = Object.entries(measurements).map(([name, bytes]) => [name, bytes?.slice()] as const)
  const enclave = Object.freeze({
    evidenceType,
    measurements: Object.freeze(Object.fromEntries(copies)),
    binding,
    verifiedAt,
  })
  made.add(enclave)
  return enclave as unknown as VerifiedEnclave
}

/** Whether `value` came out of `verify`: the same promise for callers without a type checker. */
export function isVerifiedEnclave(value: unknown): value is VerifiedEnclave {
  return typeof value === 'object' && value !== null && made.has(value)
}
