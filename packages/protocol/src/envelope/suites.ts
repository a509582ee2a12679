import type { Binding } from '@perf-aggregator/attestation'
import { DHKEM_X25519, dhkemX25519Sender } from './dhkem-x25519.ts'
import type { KemSender } from './kem.ts'
import type { HpkeSenderPrimitives } from './primitives.ts'
import { X_WING, xWingSender } from './x-wing.ts'

/** Suites of a submission; they differ in the KEM only. `x-wing` holds against quantum computers too. */
export type SuiteName = 'x25519' | 'x-wing'

export interface Suite {
  readonly publicKeyLength: number
  readonly encapsulatedLength: number
  /** Which of the attested keys the suite seals to. */
  recipient(binding: Pick<Binding, 'hpkeX25519' | 'hpkeXWing'>): Uint8Array
  sender(primitives: HpkeSenderPrimitives): KemSender
}

export const SUITES: Readonly<Record<SuiteName, Suite>> = {
  x25519: { ...DHKEM_X25519, recipient: (binding) => binding.hpkeX25519, sender: dhkemX25519Sender },
  'x-wing': { ...X_WING, recipient: (binding) => binding.hpkeXWing, sender: xWingSender },
}

export const SUITE_NAMES = Object.keys(SUITES) as readonly SuiteName[]

/** The suite of a request without `suite`. Our clients always say which, and say `x-wing`. */
export const DEFAULT_SUITE: SuiteName = 'x25519'
