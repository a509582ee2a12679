import { verify } from 'node:crypto'
import type { KeyRing } from '../exchange/keys.ts'
import { Refusal, type VenueRequest } from '../exchange/message.ts'
import type { CoinbaseKey } from './keys.ts'

/** Tokens live two minutes. */
const MOST_LIFETIME_S = 120
/** How far ahead of the venue's clock `nbf` may lie. */
const LEEWAY_S = 5
const ISSUERS = new Set(['cdp', 'coinbase-cloud'])
const PRODUCTION_HOST = 'api.coinbase.com'
/** The venue says only `Unauthorized`; the sandbox names the check that failed in this header of its own. */
const REASON_HEADER = 'x-venue-sandbox-reason'

type TokenFault =
  | 'missing'
  | 'malformed'
  | 'algorithm'
  | 'key'
  | 'nonce'
  | 'signature'
  | 'subject'
  | 'issuer'
  | 'not-before'
  | 'expired'
  | 'lifetime'
  | 'uri'

function unauthorized(reason: TokenFault): Refusal {
  return new Refusal({ status: 401, headers: { [REASON_HEADER]: reason }, body: 'Unauthorized\n' })
}

interface Token {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly signed: string
  readonly signature: Buffer
}

/**
 * Checks the bearer token of a private request: a JWT signed by the key that `kid` and `sub` name (ES256 or EdDSA), valid
 * now and for two minutes at most, made for exactly this method, host and path (without query).
 */
export function authenticate(request: VenueRequest, keys: KeyRing<CoinbaseKey>): CoinbaseKey {
  const { header, claims, signed, signature } = tokenOf(request)
  const key = typeof header['kid'] === 'string' ? keys.find(header['kid']) : undefined
  if (key === undefined) throw unauthorized('key')
  if (header['alg'] !== key.algorithm) throw unauthorized('algorithm')
  if (header['nonce'] === undefined || header['nonce'] === '') throw unauthorized('nonce')
  if (!signatureHolds(key, signed, signature)) throw unauthorized('signature')
  if (claims['sub'] !== key.apiKey) throw unauthorized('subject')
  if (!ISSUERS.has(String(claims['iss']))) throw unauthorized('issuer')
  const now = Math.floor(request.now / 1000)
  const { nbf, exp } = claims
  if (typeof nbf !== 'number' || nbf > now + LEEWAY_S) throw unauthorized('not-before')
  if (typeof exp !== 'number' || exp <= now) throw unauthorized('expired')
  if (exp - nbf > MOST_LIFETIME_S) throw unauthorized('lifetime')
  if (!namesRequest(claims, request)) throw unauthorized('uri')
  return key
}

function tokenOf(request: VenueRequest): Token {
  const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
  if (scheme !== 'Bearer' || token === '') throw unauthorized('missing')
  const [header = '', claims = '', signature = '', ...rest] = token.split('.')
  if (signature === '' || rest.length > 0) throw unauthorized('malformed')
  return {
    header: jsonOf(header),
    claims: jsonOf(claims),
    signed: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

function jsonOf(part: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>
  } catch {
    // Falls through to the one refusal for anything that is not a JSON object.
  }
  throw unauthorized('malformed')
}

function signatureHolds(key: CoinbaseKey, signed: string, signature: Buffer): boolean {
  const data = Buffer.from(signed)
  if (key.algorithm === 'EdDSA') return verify(null, data, key.publicKey, signature)
  return signature.length === 64 && verify('sha256', data, { key: key.publicKey, dsaEncoding: 'ieee-p1363' }, signature)
}

/**
 * `uri` is `METHOD host/path`; newer tokens carry a list `uris`. A client that only strips `https://` leaves the scheme of
 * this plain-HTTP sandbox in front of the host, which is let pass.
 */
function namesRequest(claims: Readonly<Record<string, unknown>>, request: VenueRequest): boolean {
  const named = Array.isArray(claims['uris']) ? (claims['uris'] as unknown[]) : [claims['uri']]
  const hosts = [request.headers.host ?? '', PRODUCTION_HOST]
  const wanted = new Set(hosts.map((host) => `${request.method} ${host}${request.path}`))
  return named.some((uri) => typeof uri === 'string' && wanted.has(uri.replace(' http://', ' ')))
}
