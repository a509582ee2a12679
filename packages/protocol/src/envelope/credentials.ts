/** What a submission seals: the plaintext's fields, their limits, and its bytes (`docs/protocol.md` section 2). */
import { encodeBase64 } from '../bytes/base64.ts'
import { encodeUtf8 } from '../bytes/utf8.ts'
import { ProtocolError } from '../errors.ts'
import { isClientKey } from './client-key.ts'

export const EXCHANGES = ['binance', 'coinbase', 'kraken'] as const
export type Exchange = (typeof EXCHANGES)[number]

export function isExchange(text: string): text is Exchange {
  return (EXCHANGES as readonly string[]).includes(text)
}

/** As a client holds them before sealing. */
export interface Credentials {
  readonly exchange: Exchange
  readonly apiKey: string
  readonly apiSecret: string
  readonly passphrase?: string | undefined
  readonly userId?: string | undefined
  /** Markets to look at first, in the venue's or the `BASE/QUOTE` spelling. */
  readonly symbols?: readonly string[] | undefined
  readonly sandbox?: boolean | undefined
  /** Ed25519, as {@link isClientKey} takes it: binds the session to this key. */
  readonly clientKey?: Uint8Array | undefined
}

/**
 * Characters, at most. Keys and passphrases are printable ASCII, because venues take them in HTTP headers, where a line
 * end would begin another header; a secret may be PEM, and have line ends.
 */
export const CREDENTIAL_LIMITS = {
  apiKey: 512,
  apiSecret: 8192,
  passphrase: 512,
  userId: 128,
  symbols: 500,
  symbol: 32,
} as const

const PRINTABLE = /^[\x20-\x7e]+$/
const PRINTABLE_LINES = /^[\x20-\x7e\r\n]+$/
export const SYMBOL = /^[A-Za-z0-9][A-Za-z0-9/:._-]{0,31}$/
export const USER_ID = /^[\x21-\x7e]{1,128}$/

/**
 * The plaintext, UTF-8 JSON; the caller wipes it. What the enclave would refuse is refused here, before anything is
 * sent: `credentials_field`.
 */
export function encodeCredentials(credentials: Credentials): Uint8Array {
  const { exchange, apiKey, apiSecret, passphrase, userId, symbols, sandbox, clientKey } = credentials
  requireField('exchange', isExchange(exchange))
  requireField('apiKey', fits(apiKey, PRINTABLE, CREDENTIAL_LIMITS.apiKey))
  requireField('apiSecret', fits(apiSecret, PRINTABLE_LINES, CREDENTIAL_LIMITS.apiSecret))
  requireField('passphrase', passphrase === undefined || fits(passphrase, PRINTABLE, CREDENTIAL_LIMITS.passphrase))
  requireField('userId', userId === undefined || USER_ID.test(userId))
  requireField(
    'symbols',
    symbols === undefined ||
      (symbols.length <= CREDENTIAL_LIMITS.symbols && symbols.every((symbol) => SYMBOL.test(symbol))),
  )
  requireField('clientKey', clientKey === undefined || isClientKey(clientKey))
  return encodeUtf8(
    JSON.stringify({
      exchange,
      apiKey,
      apiSecret,
      passphrase,
      userId,
      symbols,
      sandbox,
      client_pub: clientKey && encodeBase64(clientKey),
    }),
  )
}

function fits(text: string, form: RegExp, longest: number): boolean {
  return text.length <= longest && form.test(text)
}

function requireField(field: string, holds: boolean): void {
  if (!holds) throw new ProtocolError('credentials_field', `${field} has not the form it must have`)
}
