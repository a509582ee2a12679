/** The form of every sealed master key: `head ‖ nonce ‖ ciphertext ‖ tag`, AES-256-GCM, the head authenticated. */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import type { Random } from '../ports/random.ts'

const NONCE = 12
const TAG = 16

/** A key as OpenSSL takes it: 32 bytes, which the caller wipes, or an object. */
type Key = KeyObject | Uint8Array

/** @param context authenticated beside the head, and not in the blob */
export function sealBlob(
  head: Uint8Array,
  key: Key,
  secret: Uint8Array,
  random: Random,
  context: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const blob = new Uint8Array(head.length + NONCE + secret.length + TAG)
  const nonce = random.bytes(NONCE)
  blob.set(head)
  blob.set(nonce, head.length)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })
  cipher.setAAD(Buffer.concat([head, context]))
  blob.set(cipher.update(secret), head.length + NONCE)
  cipher.final()
  blob.set(cipher.getAuthTag(), blob.length - TAG)
  return blob
}

/** Whether `blob` is long enough to hold anything behind a head of `headLength` bytes. */
export function isSealedBlob(blob: Uint8Array, headLength: number): boolean {
  return blob.length >= headLength + NONCE + TAG
}

/**
 * The secret, in memory of its own, which the caller wipes; null for a blob that is altered or of another key or context, which look
 * the same. Nothing of the secret remains then.
 */
export function openBlob(
  blob: Uint8Array,
  headLength: number,
  key: Key,
  context: Uint8Array = new Uint8Array(0),
): Uint8Array<ArrayBuffer> | null {
  const from = headLength + NONCE
  const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(headLength, from), { authTagLength: TAG })
  decipher.setAAD(Buffer.concat([blob.subarray(0, headLength), context]))
  decipher.setAuthTag(blob.subarray(-TAG))
  const secret = decipher.update(blob.subarray(from, -TAG))
  try {
    decipher.final()
    return secret
  } catch {
    secret.fill(0)
    return null
  }
}
