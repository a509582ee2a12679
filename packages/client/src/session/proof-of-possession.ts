import { encodeBase64Url, encodeUtf8 } from '@perf-aggregator/protocol'
import type { ClientKey } from '../crypto/client-key.ts'

export interface ProvedRequest {
  readonly method: string
  /** Absolute, without query. */
  readonly url: string
  readonly sessionId: string
  /** Seconds since 1970. */
  readonly now: number
}

/**
 * The `DPoP` header of one request (docs/protocol.md section 3, form of RFC 9449): a JWT by the key the session is bound to,
 * over the method, the address, the session, the time and a number used once.
 */
export async function createProof(key: ClientKey, request: ProvedRequest): Promise<string> {
  const session = await crypto.subtle.digest('SHA-256', encodeUtf8(request.sessionId))
  const header = {
    typ: 'dpop+jwt',
    alg: 'EdDSA',
    jwk: { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(key.publicKey) },
  }
  const payload = {
    htm: request.method,
    htu: request.url,
    iat: request.now,
    jti: encodeBase64Url(crypto.getRandomValues(new Uint8Array(24))),
    ath: encodeBase64Url(new Uint8Array(session)),
  }
  const input = `${encodeJson(header)}.${encodeJson(payload)}`
  return `${input}.${encodeBase64Url(await key.sign(encodeUtf8(input)))}`
}

function encodeJson(value: object): string {
  return encodeBase64Url(encodeUtf8(JSON.stringify(value)))
}
