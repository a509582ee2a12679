/** HKDF with SHA-256 (RFC 5869) over the HMAC port, and the labels HPKE puts around it (RFC 9180 section 4). */
import { concat, joinSecret, secretBytes, u16 } from '../bytes/octets.ts'
import { encodeUtf8 } from '../bytes/utf8.ts'
import type { HpkePrimitives } from './primitives.ts'

type Hmac = Pick<HpkePrimitives, 'hmacSha256'>

const HASH_LENGTH = 32
const VERSION = encodeUtf8('HPKE-v1')

/** HMAC pads its key with zeros, so 32 of them are the empty salt, also where a platform refuses an empty HMAC key. */
const NO_SALT = new Uint8Array(HASH_LENGTH)

/** RFC 5869 section 2.2. */
export async function hkdfExtract(primitives: Hmac, salt: Uint8Array, ikm: Uint8Array): Promise<Uint8Array> {
  return primitives.hmacSha256(salt.length === 0 ? NO_SALT : salt, ikm)
}

/** RFC 5869 section 2.3, up to 255 blocks. */
export async function hkdfExpand(
  primitives: Hmac,
  prk: Uint8Array,
  info: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  if (!Number.isInteger(length) || length < 1 || length > 255 * HASH_LENGTH)
    throw new RangeError('length of HKDF output')
  const output = secretBytes(length)
  const message = secretBytes(HASH_LENGTH + info.length + 1)
  message.set(info, HASH_LENGTH)
  for (let block = 1, at = 0; at < length; block++, at += HASH_LENGTH) {
    message[message.length - 1] = block
    const made = await primitives.hmacSha256(prk, block === 1 ? message.subarray(HASH_LENGTH) : message)
    output.set(made.subarray(0, length - at), at)
    message.set(made)
    made.fill(0)
  }
  message.fill(0)
  return output
}

/** `LabeledExtract` of RFC 9180 section 4. `ikm` is the caller's to wipe; the labelled copy is wiped here. */
export async function labeledExtract(
  primitives: Hmac,
  suite: Uint8Array,
  salt: Uint8Array,
  label: string,
  ikm: Uint8Array,
): Promise<Uint8Array> {
  const labeled = joinSecret(VERSION, suite, encodeUtf8(label), ikm)
  try {
    return await hkdfExtract(primitives, salt, labeled)
  } finally {
    labeled.fill(0)
  }
}

/** `LabeledExpand` of RFC 9180 section 4. `info` is not secret. */
export async function labeledExpand(
  primitives: Hmac,
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  return hkdfExpand(primitives, prk, concat(u16(length), VERSION, suite, encodeUtf8(label), info), length)
}
