import { request } from 'node:https'
import { TLSSocket } from 'node:tls'
import { EnclaveError } from '../../../errors.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Random } from '../../../ports/random.ts'
import { type Outcome, sortReply } from './answer.ts'
import type { ReadCredentials } from './credentials.ts'
import { exchange } from './exchange.ts'
import type { KmsTransport } from './kms-root-of-trust.ts'
import type { KmsSettings } from './settings.ts'
import { type AwsCredentials, signRequest } from './sigv4.ts'

export interface TransportParts {
  readonly settings: Pick<KmsSettings, 'key' | 'connect'>
  /** The only certificates that of KMS may chain to, PEM. */
  readonly roots: readonly string[]
  readonly credentials: ReadCredentials
  /** PCR0 of this enclave, hexadecimal, for whoever has to write it into the key's policy. */
  readonly image: string
  readonly clock: Clock
  readonly random: Random
  readonly pause: (milliseconds: number) => Promise<void>
  /** Of one attempt, milliseconds */
  readonly timeout?: number
}

const ATTEMPTS = 5
/** Pause after the first attempt, milliseconds: doubled with each, and up to half of it taken off by lot. */
const FIRST_PAUSE = 250
const TIMEOUT = 10_000
const MOST_BYTES = 65_536

/**
 * JSON 1.1 over TLS that ends here. What passes the connection on sees ciphertext, and can only cut it.
 *
 * Rejects `key_release_refused` (KMS answers and says no), `key_release_credentials` (none, or none it takes), `key_release_unverified`
 * (what answers is not KMS), `key_release_unavailable` (nothing answers, after several attempts), `root_of_trust` (no sense in the answer).
 */
export function kmsTransport(parts: TransportParts): KmsTransport {
  return async (operation, asked) => {
    const body = JSON.stringify(asked)
    for (let attempt = 1; ; attempt++) {
      const outcome = await attemptOnce(operation, body, parts)
      if (outcome.kind === 'answer') return outcome.answer
      if (outcome.kind === 'refused') throw outcome.error
      if (attempt === ATTEMPTS) throw outcome.error ?? unavailable(parts.settings)
      await parts.pause(pauseAfter(attempt, parts.random))
    }
  }
}

async function attemptOnce(operation: string, body: string, parts: TransportParts): Promise<Outcome> {
  const { settings, roots, credentials, image, clock, timeout = TIMEOUT } = parts
  const { host, region } = settings.key
  const unsigned = {
    method: 'POST',
    headers: { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` },
    body,
  } as const
  let lent: AwsCredentials
  try {
    // Read and signed anew for each attempt: credentials are rotated, and a signature ages.
    lent = await credentials()
  } catch (error) {
    // In the midst of a rotation, or before the forwarder is up.
    if (error instanceof EnclaveError) return { kind: 'again', error }
    throw error
  }
  const headers = signRequest(unsigned, lent, { region, service: 'kms', now: clock.now() })
  const peer: { socket: TLSSocket | null } = { socket: null }
  try {
    const reply = await exchange(
      (receive) => {
        const sent = request(
          {
            ...(settings.connect ?? { host, port: 443 }),
            method: 'POST',
            path: '/',
            headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
            agent: false,
            // The name is that of KMS, wherever the connection goes first, and its check no setting of the environment turns off.
            servername: host,
            rejectUnauthorized: true,
            minVersion: 'TLSv1.2',
            ca: [...roots],
          },
          receive,
        )
        sent.on('socket', (socket) => {
          if (socket instanceof TLSSocket) peer.socket = socket
        })
        return sent
      },
      body,
      { timeout, mostBytes: MOST_BYTES },
    )
    return sortReply(reply, image)
  } catch (cause) {
    // Set when the handshake was done and the certificate did not hold: asking again would not make it KMS.
    if (peer.socket?.authorizationError) return { kind: 'refused', error: unverified(host, cause) }
    return { kind: 'again' }
  }
}

function pauseAfter(attempt: number, random: Random): number {
  const lot = (random.bytes(1)[0] ?? 0) / 256
  return Math.round(FIRST_PAUSE * 2 ** (attempt - 1) * (1 - lot / 2))
}

function unverified(host: string, cause: unknown): EnclaveError {
  const detail = `what answers has no certificate of Amazon's for ${host}, or this enclave's clock is wrong`
  return new EnclaveError('key_release_unverified', `aws-kms: ${detail}`, { cause })
}

function unavailable({ key, connect }: TransportParts['settings']): EnclaveError {
  const way =
    connect === null ? 'set KMS_CONNECT where there is no network' : 'see that what KMS_CONNECT names passes on'
  return new EnclaveError('key_release_unavailable', `aws-kms: ${key.host} gives no answer: ${way}`)
}
