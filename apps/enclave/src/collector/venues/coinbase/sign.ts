/**
 * The bearer token of a Coinbase request: a JWT (RFC 7519) valid for two minutes and for one method and path, signed
 * ES256 (EC keys) or EdDSA (Ed25519 keys). ccxt would need the key as text; this needs only the tenant's KeyObject.
 */
import { randomBytes, sign } from 'node:crypto'
import type { Tenants } from '../../tenants.ts'
import { wipeable } from '../../wipeable.ts'

const LIFETIME_SECONDS = 120

/** `now`: the venue's time, milliseconds. */
export function bearerToken(tenants: Tenants, now: number, method: string, url: string): string {
  const { apiKey, key } = tenants.current()
  const { host, pathname } = new URL(url)
  const name = apiKey.toString('latin1')
  const eddsa = key.asymmetricKeyType === 'ed25519'
  const issued = Math.floor(now / 1000)
  const uri = `${method} ${host}${pathname}`
  const header = { alg: eddsa ? 'EdDSA' : 'ES256', typ: 'JWT', kid: name, nonce: randomBytes(16).toString('hex') }
  const payload = { sub: name, iss: 'cdp', nbf: issued, iat: issued, exp: issued + LIFETIME_SECONDS, uri }
  const message = `${base64url(header)}.${base64url(payload)}`
  const signature = withBytes(message, (bytes) =>
    sign(eddsa ? null : 'sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }),
  )
  return `${message}.${signature.toString('base64url')}`
}

function base64url(value: object): string {
  return withBytes(JSON.stringify(value), (bytes) => bytes.toString('base64url'))
}

/** `Buffer.from(text)` would leave the key's name in Node's shared pool for as long as that serves. */
function withBytes<T>(text: string, use: (bytes: Buffer) => T): T {
  const bytes = wipeable(Buffer.byteLength(text))
  try {
    bytes.write(text)
    return use(bytes)
  } finally {
    bytes.fill(0)
  }
}
