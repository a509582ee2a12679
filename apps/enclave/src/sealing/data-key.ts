/**
 * Data keys: a fresh AES key per session or record, stored only wrapped (sealed) under a branch of the master key.
 * Deleting the wrapped key destroys what it protects, wherever copies of the ciphertext went.
 */

import type { KeyObject } from 'node:crypto'
import { createSecretKey } from 'node:crypto'
import type { Random } from '../ports/random.ts'
import type { Context } from './seal.ts'
import { open, seal } from './seal.ts'

const DATA_KEY_BYTES = 32

export interface DataKey {
  /** For `seal` and `open`. OpenSSL holds the one copy. */
  readonly key: KeyObject
  /** What the database keeps. */
  readonly wrapped: Buffer
}

/** A fresh data key, wrapped under `branch` and bound to `context`. */
export function createDataKey(branch: KeyObject, context: Context, random: Random): DataKey {
  const raw = random.bytes(DATA_KEY_BYTES)
  try {
    return { key: createSecretKey(raw), wrapped: seal(branch, raw, context, random) }
  } finally {
    raw.fill(0)
  }
}

/** Unwraps a stored data key. Throws `UnsealError`. */
export function openDataKey(branch: KeyObject, wrapped: Uint8Array, context: Context): KeyObject {
  const raw = open(branch, wrapped, context)
  try {
    return createSecretKey(raw)
  } finally {
    raw.fill(0)
  }
}
