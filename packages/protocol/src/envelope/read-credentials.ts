/**
 * Reads the plaintext of a submission without ever making a string of a secret: the secrets come out as views of the
 * plaintext itself, unescaped in place, so that wiping the plaintext wipes them. `JSON.parse` would leave copies on
 * the heap that nobody can wipe.
 */
import { decodeBase64 } from '../bytes/base64.ts'
import { ProtocolError } from '../errors.ts'
import { isClientKey } from './client-key.ts'
import { CREDENTIAL_LIMITS, type Exchange, isExchange, SYMBOL, USER_ID } from './credentials.ts'
import { JsonBytes } from './json-bytes.ts'

/** As the enclave reads them. `apiKey`, `apiSecret` and `passphrase` are ASCII, and views of the plaintext. */
export interface OpenedCredentials {
  readonly exchange: Exchange
  readonly apiKey: Uint8Array
  readonly apiSecret: Uint8Array
  readonly passphrase: Uint8Array | null
  readonly userId: string | null
  readonly symbols: readonly string[]
  readonly sandbox: boolean
  /** Ed25519, 32 bytes, or null. */
  readonly clientKey: Uint8Array | null
}

/**
 * Alters `plaintext`: escapes are resolved in place. The caller owns it and wipes it when done with the result, or when
 * this throws: `credentials_json` (not one JSON object), `credentials_field` (unknown, repeated, missing or ill-formed
 * field), `credentials_exchange` (a venue that is not supported).
 */
export function readCredentials(plaintext: Uint8Array): OpenedCredentials {
  const json = new JsonBytes(plaintext)
  const found: Partial<{ -readonly [Field in keyof OpenedCredentials]: OpenedCredentials[Field] }> = {}
  const seen = new Set<string>()
  json.object(() => {
    const name = json.text()
    if (seen.has(name)) throw refused('credentials with a field that is given twice')
    seen.add(name)
    json.colon()
    switch (name) {
      case 'exchange':
        found.exchange = exchange(json.text())
        break
      case 'apiKey':
      case 'passphrase':
        found[name] = json.secret(CREDENTIAL_LIMITS[name], 'refused')
        break
      case 'apiSecret':
        found.apiSecret = json.secret(CREDENTIAL_LIMITS.apiSecret, 'allowed')
        break
      case 'userId':
        found.userId = matching(json.text(), USER_ID)
        break
      case 'symbols':
        found.symbols = symbols(json)
        break
      case 'sandbox':
        found.sandbox = json.boolean()
        break
      case 'client_pub':
        found.clientKey = clientKey(json.text())
        break
      default:
        throw refused('credentials with a field they do not have')
    }
  })
  json.end()
  if (!found.exchange || !found.apiKey || !found.apiSecret)
    throw refused('credentials without exchange, apiKey or apiSecret')
  return {
    exchange: found.exchange,
    apiKey: found.apiKey,
    apiSecret: found.apiSecret,
    passphrase: found.passphrase ?? null,
    userId: found.userId ?? null,
    symbols: found.symbols ?? [],
    sandbox: found.sandbox ?? false,
    clientKey: found.clientKey ?? null,
  }
}

function exchange(text: string): Exchange {
  if (!isExchange(text))
    throw new ProtocolError('credentials_exchange', 'credentials for an exchange that is not supported')
  return text
}

function matching(text: string, form: RegExp): string {
  if (!form.test(text)) throw refused('credentials with a field that has not the form it must have')
  return text
}

function symbols(json: JsonBytes): readonly string[] {
  const list: string[] = []
  json.array(() => {
    if (list.length === CREDENTIAL_LIMITS.symbols) throw refused('credentials with too many symbols')
    list.push(matching(json.text(), SYMBOL))
  })
  return list
}

function clientKey(text: string): Uint8Array {
  try {
    const key = decodeBase64(text)
    if (isClientKey(key)) return key
  } catch (cause) {
    throw new ProtocolError('credentials_field', 'credentials whose client_pub is not base64', { cause })
  }
  throw refused('credentials with a client_pub that is no Ed25519 key')
}

function refused(message: string): ProtocolError {
  return new ProtocolError('credentials_field', message)
}
