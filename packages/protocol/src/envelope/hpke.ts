/** HPKE (RFC 9180), base mode, single shot, HKDF-SHA256: the pure part both sides share. */
import { concat, u16 } from '../bytes/octets.ts'
import { encodeUtf8 } from '../bytes/utf8.ts'
import { ProtocolError } from '../errors.ts'
import { labeledExpand, labeledExtract } from './hkdf.ts'
import type { KemRecipient, KemSender } from './kem.ts'
import type { Aead, HpkePrimitives } from './primitives.ts'

const KDF_HKDF_SHA256 = 0x0001
const MODE_BASE = 0x00
const NONCE_LENGTH = 12
const EMPTY = new Uint8Array(0)

/** `SealBase` of RFC 9180 section 6.1. Rejects with `envelope_key` when `publicKey` is none. */
export async function sealBase(
  primitives: HpkePrimitives,
  kem: KemSender,
  aead: Aead,
  publicKey: Uint8Array,
  message: { readonly info: Uint8Array; readonly aad: Uint8Array; readonly plaintext: Uint8Array },
): Promise<{ readonly encapsulated: Uint8Array; readonly sealed: Uint8Array }> {
  const { sharedSecret, encapsulated } = await kem.encapsulate(publicKey)
  const { key, nonce } = await keySchedule(primitives, kem.id, aead, sharedSecret, message.info)
  try {
    return { encapsulated, sealed: await aead.seal(key, nonce, message.aad, message.plaintext) }
  } finally {
    key.fill(0)
    nonce.fill(0)
  }
}

/**
 * `OpenBase` of RFC 9180 section 6.1. Rejects with `envelope_key` (no encapsulated key of this KEM) or
 * `envelope_open` (anything else: one code, so that nobody learns what was wrong). The caller wipes what it gets.
 */
export async function openBase(
  primitives: HpkePrimitives,
  kem: KemRecipient,
  aead: Aead,
  encapsulated: Uint8Array,
  message: { readonly info: Uint8Array; readonly aad: Uint8Array; readonly sealed: Uint8Array },
): Promise<Uint8Array> {
  const sharedSecret = await kem.decapsulate(encapsulated)
  const { key, nonce } = await keySchedule(primitives, kem.id, aead, sharedSecret, message.info)
  try {
    return await aead.open(key, nonce, message.aad, message.sealed)
  } catch (cause) {
    throw new ProtocolError('envelope_open', 'nothing that was sealed to this key in this way', { cause })
  } finally {
    key.fill(0)
    nonce.fill(0)
  }
}

/**
 * `KeySchedule` of RFC 9180 section 5.1 in base mode, for the one message with sequence number 0, whose nonce is the
 * base nonce. Wipes `sharedSecret`; the caller wipes what it gets.
 */
export async function keySchedule(
  primitives: HpkePrimitives,
  kemId: number,
  aead: Pick<Aead, 'id' | 'keyLength'>,
  sharedSecret: Uint8Array,
  info: Uint8Array,
): Promise<{ readonly key: Uint8Array; readonly nonce: Uint8Array }> {
  const suite = concat(encodeUtf8('HPKE'), u16(kemId), u16(KDF_HKDF_SHA256), u16(aead.id))
  const pskIdHash = await labeledExtract(primitives, suite, EMPTY, 'psk_id_hash', EMPTY)
  const infoHash = await labeledExtract(primitives, suite, EMPTY, 'info_hash', info)
  const context = concat(Uint8Array.of(MODE_BASE), pskIdHash, infoHash)
  const secret = await labeledExtract(primitives, suite, sharedSecret, 'secret', EMPTY)
  sharedSecret.fill(0)
  try {
    return {
      key: await labeledExpand(primitives, suite, secret, 'key', context, aead.keyLength),
      nonce: await labeledExpand(primitives, suite, secret, 'base_nonce', context, NONCE_LENGTH),
    }
  } finally {
    secret.fill(0)
  }
}
