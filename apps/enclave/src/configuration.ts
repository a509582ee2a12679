/**
 * The environment, read once and strictly (requirement I6). A variable that is wrong stops the start and is named with
 * the way out; its value is never repeated, because some of them hold passwords.
 */
import { isIP } from 'node:net'
import { EnclaveError } from './errors.ts'
import {
  INSTANCE_METADATA,
  type KmsSettings,
  parseAddress,
  parseCredentialsSource,
  parseKeyArn,
} from './tee/nitro/kms/settings.ts'
import { TEE_CHOICES, type TeeChoice } from './tee/select.ts'

export interface Configuration {
  readonly host: string
  readonly port: number
  /** PostgreSQL server, or null for the embedded one. Holds a password: never logged. */
  readonly databaseUrl: string | null
  readonly dataDirectory: string
  readonly maxTtlSeconds: number
  readonly rateLimit: { readonly max: number; readonly windowMilliseconds: number }
  /** Origins of web pages that may call this enclave; none by default. */
  readonly allowedOrigins: readonly string[]
  /** Where the client's address is read from: the socket, so many proxies away, or past these proxies. */
  readonly trustProxy: false | number | readonly string[]
  /** Name of the transparency log, in every checkpoint and certificate. */
  readonly logOrigin: string
  readonly tee: TeeChoice
  /** Folder of endorsements that the host collects for this machine (`endorsements/`); null: none. */
  readonly endorsementsDirectory: string | null
  /** Key release by AWS KMS, for Nitro. */
  readonly kms: KmsSettings | null
  /** Local venues in place of the real ones. */
  readonly sandboxUrl: string | null
  readonly maxRecordBytes: number
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** What a variable says is wrong with it: the way out, never the value. */
class Unusable extends Error {}

type Environment = Readonly<Record<string, string | undefined>>

/** Names the requirements give to keys that this enclave makes itself, and nobody outside may know. */
const KEYS_FROM_OUTSIDE = ['ENCLAVE_PRIVATE_KEY', 'ENCLAVE_PUBLIC_KEY']

/** An empty variable counts as absent. Throws `EnclaveError` `configuration` that names every wrong variable at once. */
export function readConfiguration(environment: Environment): Configuration {
  const problems: string[] = []

  function read<Value>(name: string, otherwise: Value, parse: (text: string) => Value): Value {
    const text = environment[name]
    if (text === undefined || text === '') return otherwise
    try {
      return parse(text)
    } catch (error) {
      if (!(error instanceof Unusable)) throw error
      problems.push(`${name}: ${error.message}`)
      return otherwise
    }
  }

  for (const name of KEYS_FROM_OUTSIDE) {
    read(name, null, () => {
      throw new Unusable('remove it; the keys are made inside the TEE and never leave it')
    })
  }
  const tee = read<TeeChoice>('TEE', 'any', oneOf(...TEE_CHOICES))

  function kms(): KmsSettings | null {
    const key = read(
      'KMS_KEY_ARN',
      null,
      form(parseKeyArn, 'the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID, not of an alias'),
    )
    const connect = read(
      'KMS_CONNECT',
      null,
      form(parseAddress, 'IP:port of what passes connections on to KMS, as 127.0.0.1:8001'),
    )
    const credentials = read(
      'KMS_CREDENTIALS',
      null,
      form(
        parseCredentialsSource,
        'http://IP:port of the instance metadata service or its forwarder, or the path of a file',
      ),
    )
    const given = Object.entries({ KMS_KEY_ARN: key, KMS_CONNECT: connect, KMS_CREDENTIALS: credentials })
    for (const [name, value] of given) {
      if (value === null) continue
      if (tee !== 'nitro' && tee !== 'auto' && tee !== 'any')
        problems.push(`${name}: remove it, or set TEE to nitro: it is of no other family`)
      else if (key === null) problems.push(`${name}: give KMS_KEY_ARN too`)
    }
    return key === null ? null : { key, connect, credentials: credentials ?? INSTANCE_METADATA }
  }

  const configuration: Configuration = {
    host: read('ENCLAVE_HOST', '127.0.0.1', host),
    port: read('ENCLAVE_PORT', 3000, integer(0, 65_535)),
    databaseUrl: read<string | null>('DATABASE_URL', null, url(['postgres:', 'postgresql:'])),
    dataDirectory: read('DATA_DIR', './data', directory),
    maxTtlSeconds: read('MAX_TTL_SECONDS', 604_800, integer(60, 31_536_000)),
    rateLimit: {
      max: read('RATE_LIMIT_MAX', 100, integer(1, 1_000_000)),
      windowMilliseconds: read('RATE_LIMIT_WINDOW', 900_000, integer(1_000, 86_400_000)),
    },
    allowedOrigins: read<readonly string[]>('ALLOWED_ORIGINS', [], origins),
    trustProxy: read<false | number | readonly string[]>('TRUST_PROXY', false, proxies),
    logOrigin: read('LOG_ORIGIN', 'localhost/perf-aggregator', logOrigin),
    tee,
    endorsementsDirectory: read<string | null>('ENDORSEMENTS_DIR', null, directory),
    kms: kms(),
    sandboxUrl: read<string | null>('SANDBOX_URL', null, url(['http:', 'https:'])),
    maxRecordBytes: read('MAX_RECORD_BYTES', 8_388_608, integer(1_024, 67_108_864)),
    logLevel: read('LOG_LEVEL', 'info', oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent')),
  }
  if (problems.length > 0) throw new EnclaveError('configuration', problems.join('\n'))
  return configuration
}

function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new Unusable(`give a whole number from ${min} to ${max}`)
  }
}

function oneOf<const Name extends string>(...names: readonly Name[]): (text: string) => Name {
  return (text) => {
    const found = names.find((name) => name === text)
    if (found === undefined) throw new Unusable(`give ${names.join(', ')}`)
    return found
  }
}

function form<Value>(parse: (text: string) => Value | null, what: string): (text: string) => Value {
  return (text) => {
    const value = parse(text)
    if (value === null) throw new Unusable(`give ${what}`)
    return value
  }
}

function host(text: string): string {
  if (isIP(text) !== 0 || text === 'localhost') return text
  throw new Unusable('give an IP address to listen on, for example 127.0.0.1, or 0.0.0.0 behind a gateway')
}

function directory(text: string): string {
  if (text.includes('\0')) throw new Unusable('give a path')
  return text
}

function url(protocols: readonly string[]): (text: string) => string {
  return (text) => {
    if (protocols.includes(URL.parse(text)?.protocol ?? '')) return text
    throw new Unusable(`give an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`)
  }
}

function origins(text: string): readonly string[] {
  return list(text).map((entry) => {
    const origin = URL.parse(entry)?.origin
    if (origin === entry && /^https?:/.test(entry)) return entry
    throw new Unusable(
      'give origins separated by commas, each scheme://host[:port] in lower case and nothing more; a wildcard is not one',
    )
  })
}

/** `true` would let every client choose its own address, and so its own rate limit. */
function proxies(text: string): false | number | readonly string[] {
  if (text === 'false') return false
  if (/^[1-9]$/.test(text)) return Number(text)
  const entries = list(text)
  if (entries.length > 0 && entries.every(isNetwork)) return entries
  throw new Unusable('give false, the number of proxies in front (1 to 9), or their addresses separated by commas')
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

/** A key name of a signed note (C2SP signed-note): no space and no plus. */
function logOrigin(text: string): string {
  if (/^[!-*,-~]{1,128}$/.test(text)) return text
  throw new Unusable('give 1 to 128 printable ASCII characters without spaces or plus signs, like example.com/log')
}

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}
