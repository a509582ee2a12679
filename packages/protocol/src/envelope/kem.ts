import { ProtocolError } from '../errors.ts'
import type { X25519Key } from './primitives.ts'

/** A key encapsulation mechanism as HPKE's sender sees it. */
export interface KemSender {
  readonly id: number
  /** Bytes of a recipient's public key. */
  readonly publicKeyLength: number
  /** Rejects with `envelope_key` when `publicKey` is none. The caller wipes `sharedSecret`. */
  encapsulate(publicKey: Uint8Array): Promise<{ readonly sharedSecret: Uint8Array; readonly encapsulated: Uint8Array }>
}

/** The same as HPKE's recipient sees it, around one private key. */
export interface KemRecipient {
  readonly id: number
  /** Bytes of an encapsulated key. */
  readonly encapsulatedLength: number
  /** Rejects with `envelope_key`. The caller wipes what it gets. */
  decapsulate(encapsulated: Uint8Array): Promise<Uint8Array>
}

/**
 * X25519 that refuses a shared secret of all zeros (RFC 9180 section 7.1.4): a peer that sent a point of low order
 * would otherwise have chosen the secret.
 */
export async function agree(key: X25519Key, peer: Uint8Array): Promise<Uint8Array> {
  let shared: Uint8Array
  try {
    shared = await key.agree(peer)
  } catch (cause) {
    throw new ProtocolError('envelope_key', 'an X25519 key that admits no agreement', { cause })
  }
  let bits = 0
  for (const byte of shared) bits |= byte
  if (bits === 0) throw new ProtocolError('envelope_key', 'an X25519 key of low order')
  return shared
}

/** `envelope_key` unless `bytes` has exactly `length`. */
export function requireLength(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new ProtocolError('envelope_key', `a key of other than ${length} bytes`)
}
