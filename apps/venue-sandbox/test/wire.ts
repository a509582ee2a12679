import { createHash, createHmac, createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { Credential } from '../src/index.ts'

// Hand-written requests, signed as the venues' documentation says: independent of the code under test and of ccxt.

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

export async function send(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: parse(text) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export type Parameters = Readonly<Record<string, string | number>>

function form(parameters: Parameters): string {
  return new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)])).toString()
}

/** A signed GET to Binance; `timestamp` is added unless given. `change` alters the finished URL's query. */
export async function binanceGet(
  url: string,
  path: string,
  parameters: Parameters,
  { apiKey, apiSecret }: Credential,
  change: (query: string) => string = (query) => query,
): Promise<Answer> {
  const query = form({ timestamp: Date.now(), ...parameters })
  const signature = createHmac('sha256', apiSecret).update(query).digest('hex')
  return send(`${url}${path}?${change(`${query}&signature=${signature}`)}`, { headers: { 'x-mbx-apikey': apiKey } })
}

let lastNonce = 0

/** A signed POST to Kraken; `nonce` is added unless given. `change` alters the signature. */
export async function krakenPost(
  url: string,
  path: string,
  parameters: Parameters,
  { apiKey, apiSecret }: Credential,
  change: (signature: string) => string = (signature) => signature,
): Promise<Answer> {
  lastNonce = Math.max(lastNonce + 1, Date.now() * 1000)
  const nonce = String(parameters['nonce'] ?? lastNonce)
  const body = form({ nonce, ...parameters })
  const digest = createHash('sha256')
    .update(nonce + body)
    .digest()
  const signature = createHmac('sha512', Buffer.from(apiSecret, 'base64')).update(path).update(digest).digest('base64')
  const headers = {
    'api-key': apiKey,
    'api-sign': change(signature),
    'content-type': 'application/x-www-form-urlencoded',
  }
  return send(url + path, { method: 'POST', body, headers })
}

export interface TokenParts {
  readonly header: Record<string, unknown>
  readonly claims: Record<string, unknown>
}

/** A GET to Coinbase with a CDP token; `change` alters the token's parts before they are signed. */
export async function coinbaseGet(
  url: string,
  path: string,
  parameters: Parameters,
  credential: Credential,
  change: (parts: TokenParts) => void = () => {},
): Promise<Answer> {
  const query = form(parameters)
  const token = coinbaseToken(`GET ${new URL(url).host}${path}`, credential, change)
  return send(`${url}${path}${query === '' ? '' : `?${query}`}`, { headers: { authorization: `Bearer ${token}` } })
}

export function coinbaseToken(
  uri: string,
  { apiKey, apiSecret }: Credential,
  change: (parts: TokenParts) => void,
): string {
  const now = Math.floor(Date.now() / 1000)
  const key = coinbasePrivateKey(apiSecret)
  const alg = key.asymmetricKeyType === 'ec' ? 'ES256' : 'EdDSA'
  const parts: TokenParts = {
    header: { alg, typ: 'JWT', kid: apiKey, nonce: randomBytes(8).toString('hex') },
    claims: { iss: 'cdp', sub: apiKey, nbf: now, exp: now + 120, uri },
  }
  change(parts)
  const [header, claims] = [parts.header, parts.claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const data = Buffer.from(`${header}.${claims}`)
  const signature = alg === 'ES256' ? sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }) : sign(null, data, key)
  return `${data.toString()}.${signature.toString('base64url')}`
}

function coinbasePrivateKey(secret: string): KeyObject {
  if (secret.startsWith('-----BEGIN')) return createPrivateKey(secret)
  const seed = Buffer.from(secret, 'base64').subarray(0, 32)
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
  return createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' })
}
