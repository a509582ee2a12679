/** The credentials that the role of the parent instance lends, as its metadata service answers (EC2 User Guide, "IMDSv2"). */
import { open } from 'node:fs/promises'
import { request } from 'node:http'
import { EnclaveError } from '../../../errors.ts'
import type { Clock } from '../../../ports/clock.ts'
import { exchange } from './exchange.ts'
import type { Address, CredentialsSource } from './settings.ts'
import type { AwsCredentials } from './sigv4.ts'

const MOST_BYTES = 16_384
/** Milliseconds */
const TIMEOUT = 5_000
const ROLES = '/latest/meta-data/iam/security-credentials/'

/** Reads them. Rejects `key_release_credentials`. */
export type ReadCredentials = () => Promise<AwsCredentials>

export function credentialsOf(source: CredentialsSource, clock: Clock): ReadCredentials {
  const read = source.kind === 'file' ? async () => await readFile(source.path) : async () => await ask(source.address)
  return async () => {
    let text: string
    try {
      text = await read()
    } catch (cause) {
      const detail =
        'where KMS_CREDENTIALS says, no credentials are to be read: give the instance a role, and see that the forwarder or the file is there'
      throw new EnclaveError('key_release_credentials', detail, { cause })
    }
    return parseCredentials(text, clock.now())
  }
}

/**
 * `AccessKeyId`, `SecretAccessKey`, `Token` and an `Expiration` ahead. Keys without a token or an end are a person's, not a role's.
 * They are in a string because the host, whose they are, has them too.
 *
 * @param now milliseconds since 1970
 */
export function parseCredentials(text: string, now: number): AwsCredentials {
  const parsed = parseObject(text)
  const accessKeyId = field(parsed, 'AccessKeyId', /^[A-Z0-9]{16,128}$/)
  const secretAccessKey = field(parsed, 'SecretAccessKey', /^[A-Za-z0-9+/=]{16,256}$/)
  // A header of every request: nothing in it may end one.
  const sessionToken = field(parsed, 'Token', /^[!-~]{1,8192}$/)
  const expiration = field(parsed, 'Expiration', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  if (Date.parse(expiration) > now) return { accessKeyId, secretAccessKey, sessionToken }
  throw new EnclaveError(
    'key_release_credentials',
    "the credentials where KMS_CREDENTIALS says have ended: renew the file, or set this enclave's clock",
  )
}

function parseObject(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch {
    // What does not parse is as good as another thing.
  }
  throw malformed()
}

function field(object: object, name: string, form: RegExp): string {
  const value: unknown = Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined
  if (typeof value === 'string' && form.test(value)) return value
  throw malformed()
}

function malformed(): EnclaveError {
  const fields = 'AccessKeyId, SecretAccessKey, Token and Expiration'
  return new EnclaveError('key_release_credentials', `where KMS_CREDENTIALS says is no JSON with ${fields} of a role`)
}

async function readFile(path: string): Promise<string> {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(MOST_BYTES + 1)
    let length = 0
    while (length <= MOST_BYTES) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length)
      if (bytesRead === 0) return buffer.toString('utf8', 0, length)
      length += bytesRead
    }
    throw new Error('too long')
  } finally {
    await file.close()
  }
}

/** Version 2 alone: a token first, then the role's name, then its credentials. */
async function ask(address: Address): Promise<string> {
  const token = await get(address, 'PUT', '/latest/api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': '60' })
  if (!/^[!-~]{1,512}$/.test(token)) throw new Error('no token')
  const headers = { 'x-aws-ec2-metadata-token': token }
  const role = (await get(address, 'GET', ROLES, headers)).trim()
  if (!/^[\w+=,.@-]{1,64}$/.test(role)) throw new Error('no role')
  return await get(address, 'GET', `${ROLES}${role}`, headers)
}

async function get(
  { host, port }: Address,
  method: 'GET' | 'PUT',
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  // The service's own name, whatever forwards to it.
  const own = { ...headers, host: '169.254.169.254', 'content-length': '0' }
  const options = { host, port, method, path, agent: false, headers: own }
  const bounds = { timeout: TIMEOUT, mostBytes: MOST_BYTES }
  const { status, body } = await exchange((receive) => request(options, receive), '', bounds)
  if (status !== 200) throw new Error(`status ${status}`)
  return body
}
