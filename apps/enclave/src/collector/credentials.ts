/**
 * A trader's credentials, from the decrypted submission to storage and back, as bytes throughout.
 * Whoever gets a `Credentials` owns its buffers and calls `wipeCredentials`.
 */
import type { KeyObject } from 'node:crypto'
import type { OpenedCredentials } from '@perf-aggregator/protocol'
import { ProtocolError, readCredentials } from '@perf-aggregator/protocol'
import { EnclaveError } from '../errors.ts'
import type { SealedCredentials } from '../ports/collector.ts'
import type { Random } from '../ports/random.ts'
import type { VenueId } from '../ports/venue.ts'
import { context } from '../sealing/context.ts'
import { createDataKey, openDataKey } from '../sealing/data-key.ts'
import { open, seal } from '../sealing/seal.ts'
import { wipeable } from './wipeable.ts'

export interface Credentials {
  readonly venue: VenueId
  readonly apiKey: Uint8Array
  readonly apiSecret: Uint8Array
}

export interface SubmittedPlaintext {
  /** Views of the plaintext: wiping that wipes these. */
  readonly credentials: Credentials
  readonly symbols: readonly string[]
  readonly userId: string | null
  readonly clientKey: Uint8Array | null
  readonly sandbox: boolean
}

/**
 * Reads a plaintext of protocol section 2. Throws `plaintext_invalid`, `unknown_exchange`, or `exchange_mismatch` when
 * it names another venue than the authenticated metadata did. None of the three venues uses a passphrase: it is ignored.
 */
export function readSubmission(plaintext: Uint8Array, announcedExchange: string): SubmittedPlaintext {
  const { exchange, apiKey, apiSecret, symbols, userId, clientKey, sandbox } = readPlaintext(plaintext)
  if (exchange !== announcedExchange) {
    throw new EnclaveError('exchange_mismatch', 'the submission names another exchange than its metadata')
  }
  // Sent in a header: a line end in it would let the trader write further headers.
  if (apiKey.some((byte) => byte < 0x20)) {
    throw new EnclaveError('plaintext_invalid', 'the API key has a line end in it')
  }
  return { credentials: { venue: exchange, apiKey, apiSecret }, symbols, userId, clientKey, sandbox }
}

function readPlaintext(plaintext: Uint8Array): OpenedCredentials {
  try {
    return readCredentials(plaintext)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    // The cause stays behind: only what it is about, never what was in it, may reach the parent.
    if (error.code === 'credentials_exchange') {
      throw new EnclaveError('unknown_exchange', 'the exchange is not one this enclave collects from')
    }
    throw new EnclaveError('plaintext_invalid', 'the decrypted submission has not the form it must have')
  }
}

export function wipeCredentials(credentials: Credentials): void {
  credentials.apiKey.fill(0)
  credentials.apiSecret.fill(0)
}

/** Seals for storage under a fresh data key, bound to the session and the venue: a row moved to another session does not open. */
export function sealCredentials(
  branch: KeyObject,
  sessionId: string,
  credentials: Credentials,
  random: Random,
): SealedCredentials {
  const bound = context('credentials', sessionId, credentials.venue)
  const { key, wrapped } = createDataKey(branch, bound, random)
  const { apiKey, apiSecret } = credentials
  // u32(length of the key) ‖ key ‖ secret
  const plaintext = wipeable(4 + apiKey.length + apiSecret.length)
  try {
    plaintext.writeUInt32BE(apiKey.length, 0)
    plaintext.set(apiKey, 4)
    plaintext.set(apiSecret, 4 + apiKey.length)
    return { wrappedKey: wrapped, ciphertext: seal(key, plaintext, bound, random) }
  } finally {
    plaintext.fill(0)
  }
}

/** Throws `unseal_failed`. The result's buffers are views of one, which `wipeCredentials` clears. */
export function openCredentials(
  branch: KeyObject,
  sessionId: string,
  venue: VenueId,
  sealed: SealedCredentials,
): Credentials {
  const bound = context('credentials', sessionId, venue)
  const plaintext = open(openDataKey(branch, sealed.wrappedKey, bound), sealed.ciphertext, bound)
  const keyEnd = plaintext.length < 4 ? Number.POSITIVE_INFINITY : 4 + plaintext.readUInt32BE(0)
  if (keyEnd > plaintext.length) {
    plaintext.fill(0)
    throw new EnclaveError('unseal_failed', 'sealed credentials hold no credentials')
  }
  return { venue, apiKey: plaintext.subarray(4, keyEnd), apiSecret: plaintext.subarray(keyEnd) }
}
