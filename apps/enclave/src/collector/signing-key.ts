/** From a venue's secret, as bytes, to the KeyObject that signs with it. Buffers made on the way are wiped. */
import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createSecretKey } from 'node:crypto'
import { EnclaveError } from '../errors.ts'
import type { Credentials } from './credentials.ts'
import { wipeable } from './wipeable.ts'

/** Throws `plaintext_invalid` when the secret cannot be one of this venue's. `credentials` stay the caller's to wipe. */
export function signingKey(credentials: Credentials): KeyObject {
  const { buffer, byteOffset, byteLength } = credentials.apiSecret
  const secret = Buffer.from(buffer, byteOffset, byteLength)
  switch (credentials.venue) {
    case 'binance':
      // HMAC by default; Ed25519 and RSA keys come as PEM.
      return isPem(secret) ? pemKey(secret, ['ed25519', 'rsa']) : createSecretKey(secret)
    case 'kraken':
      return fromBase64(secret, (raw) => {
        if (raw.length < 32) throw invalid()
        return createSecretKey(raw)
      })
    case 'coinbase':
      return isPem(secret) ? pemKey(secret, ['ec']) : fromBase64(secret, ed25519Key)
  }
}

function invalid(): EnclaveError {
  return new EnclaveError('plaintext_invalid', 'the API secret is not of the form its exchange gives out')
}

function isPem(secret: Buffer): boolean {
  return secret.indexOf('-----BEGIN') === 0
}

function pemKey(secret: Buffer, types: readonly string[]): KeyObject {
  const pem = withLineBreaks(secret)
  try {
    const key = createPrivateKey({ key: pem, format: 'pem' })
    const curve = key.asymmetricKeyDetails?.namedCurve
    if (!types.includes(key.asymmetricKeyType ?? '') || (curve !== undefined && curve !== 'prime256v1')) throw invalid()
    return key
  } catch {
    throw invalid()
  } finally {
    pem.fill(0)
  }
}

/** A PEM copied out of a JSON file has `\n` as two characters; OpenSSL wants line breaks. */
function withLineBreaks(secret: Buffer): Buffer {
  const pem = wipeable(secret.length + 1)
  let length = 0
  for (let at = 0; at < secret.length; at += 1) {
    const escaped = secret[at] === 0x5c && secret[at + 1] === 0x6e
    pem[length] = escaped ? 0x0a : (secret[at] ?? 0)
    length += 1
    if (escaped) at += 1
  }
  pem.fill(0x0a, length)
  return pem
}

/** Coinbase gives Ed25519 keys as base64 of seed ‖ public key; PKCS#8 (RFC 8410) wants the seed behind a fixed prefix. */
function ed25519Key(raw: Buffer): KeyObject {
  if (raw.length !== 64 && raw.length !== 32) throw invalid()
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
  const pkcs8 = wipeable(prefix.length + 32)
  try {
    prefix.copy(pkcs8)
    raw.copy(pkcs8, prefix.length, 0, 32)
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  } finally {
    pkcs8.fill(0)
  }
}

/** Strict RFC 4648 section 4, from bytes to bytes: `Buffer.from(text, 'base64')` would need the secret as a string. */
function fromBase64(secret: Buffer, use: (raw: Buffer) => KeyObject): KeyObject {
  const padding = secret.at(-1) === 0x3d ? (secret.at(-2) === 0x3d ? 2 : 1) : 0
  if (secret.length === 0 || secret.length % 4 !== 0) throw invalid()
  const raw = wipeable((secret.length / 4) * 3 - padding)
  try {
    let bits = 0
    let held = 0
    let length = 0
    for (const byte of secret.subarray(0, secret.length - padding)) {
      const digit = base64Digit(byte)
      if (digit === null) throw invalid()
      bits = ((bits << 6) | digit) & 0xffff
      held += 6
      if (held >= 8) {
        held -= 8
        raw[length] = (bits >> held) & 0xff
        length += 1
      }
    }
    if ((bits & ((1 << held) - 1)) !== 0) throw invalid()
    return use(raw)
  } finally {
    raw.fill(0)
  }
}

function base64Digit(byte: number): number | null {
  if (byte >= 0x41 && byte <= 0x5a) return byte - 0x41
  if (byte >= 0x61 && byte <= 0x7a) return byte - 0x61 + 26
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30 + 52
  if (byte === 0x2b) return 62
  return byte === 0x2f ? 63 : null
}
