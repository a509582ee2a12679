import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { KeyRing, VenueKey } from '../exchange/keys.ts'
import { Refusal, type VenueRequest } from '../exchange/message.ts'

/** Kraken answers errors with status 200 and a list of strings. */
export function refusal(error: string): Refusal {
  return new Refusal({ status: 200, body: { error: [error] } })
}

export interface Authenticated {
  readonly key: VenueKey
  readonly parameters: URLSearchParams
  readonly nonce: bigint
}

/**
 * Checks a private request: `API-Key`, then `API-Sign` = base64 of HMAC-SHA512 under the decoded secret over
 * path ‖ SHA-256(nonce ‖ body), then a nonce greater than every one before. Owns the last nonce of each key.
 */
export class Authenticator {
  readonly #keys: KeyRing<VenueKey>
  readonly #lastNonce = new Map<string, bigint>()

  constructor(keys: KeyRing<VenueKey>) {
    this.#keys = keys
  }

  check(request: VenueRequest): Authenticated {
    const header = request.headers['api-key']
    const key = typeof header === 'string' ? this.#keys.find(header) : undefined
    if (key === undefined) throw refusal('EAPI:Invalid key')
    const parameters = bodyParameters(request)
    const nonce = parameters.get('nonce') ?? ''
    const digest = createHash('sha256')
      .update(nonce + request.body)
      .digest()
    const expected = createHmac('sha512', Buffer.from(key.apiSecret, 'base64'))
      .update(request.path)
      .update(digest)
      .digest()
    const given = Buffer.from(String(request.headers['api-sign'] ?? ''), 'base64')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw refusal('EAPI:Invalid signature')
    if (!/^\d{1,20}$/.test(nonce)) throw refusal('EAPI:Invalid nonce')
    const value = BigInt(nonce)
    if (value <= (this.#lastNonce.get(key.apiKey) ?? 0n)) throw refusal('EAPI:Invalid nonce')
    this.#lastNonce.set(key.apiKey, value)
    return { key, parameters, nonce: value }
  }
}

/** Form or JSON body, as one flat set of parameters. */
function bodyParameters(request: VenueRequest): URLSearchParams {
  if (!(request.headers['content-type'] ?? '').includes('application/json')) return new URLSearchParams(request.body)
  const parameters = new URLSearchParams()
  try {
    const parsed: unknown = JSON.parse(request.body)
    if (typeof parsed !== 'object' || parsed === null) throw new SyntaxError('not an object')
    for (const [name, value] of Object.entries(parsed)) parameters.set(name, String(value))
  } catch {
    throw refusal('EGeneral:Invalid arguments')
  }
  return parameters
}
