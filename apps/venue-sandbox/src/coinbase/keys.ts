import { createECDH, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { VenueKey } from '../exchange/keys.ts'
import type { Seeded } from '../random/seeded.ts'

/** A CDP key: an EC key on P-256 (secret in PEM) or an Ed25519 key (secret in base64, seed ‖ public key). */
export interface CoinbaseKey extends VenueKey {
  readonly algorithm: 'ES256' | 'EdDSA'
  readonly publicKey: KeyObject
}

/** RFC 8410: the fixed DER prefix of a PKCS #8 Ed25519 private key. */
const ED25519_PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

export function ecKey(random: Seeded, rights: VenueKey['rights']): CoinbaseKey {
  const curve = createECDH('prime256v1')
  const scalar = random.bytes(32)
  // The order of P-256 starts with 0xffffffff00000000: a smaller first byte keeps the scalar below it.
  scalar[0] = (scalar[0] ?? 0) & 0x7f
  curve.setPrivateKey(scalar)
  const point = curve.getPublicKey()
  const coordinate = (from: number): string => point.subarray(from, from + 32).toString('base64url')
  const jwk = { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33), d: scalar.toString('base64url') }
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const apiSecret = privateKey.export({ type: 'sec1', format: 'pem' })
  return { apiKey: keyName(random), apiSecret, rights, algorithm: 'ES256', publicKey: createPublicKey(privateKey) }
}

export function edKey(random: Seeded, rights: VenueKey['rights']): CoinbaseKey {
  const seed = random.bytes(32)
  const privateKey = createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  const publicKey = createPublicKey(privateKey)
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const apiSecret = Buffer.concat([seed, raw]).toString('base64')
  return { apiKey: keyName(random), apiSecret, rights, algorithm: 'EdDSA', publicKey }
}

function keyName(random: Seeded): string {
  return `organizations/${random.uuid()}/apiKeys/${random.uuid()}`
}
