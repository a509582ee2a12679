/** `GET /attestation/quote` (A1). */
import { attestationQuoteToJson } from '@perf-aggregator/attestation'
import { QuoteQuery, QuoteResponse } from '@perf-aggregator/contracts'
import { decodeBase64Url } from '@perf-aggregator/protocol'
import { EnclaveError } from '../../errors.ts'
import type { Random } from '../../ports/random.ts'
import type { Server } from '../server-type.ts'
import type { Services } from '../services.ts'
import { REFUSALS } from './refusals.ts'

const MIN_NONCE_BYTES = 32
const MAX_NONCE_BYTES = 64

export function attestationRoutes(
  server: Server,
  { attestation }: Pick<Services, 'attestation'>,
  random: Random,
): void {
  server.get(
    '/attestation/quote',
    {
      schema: {
        tags: ['attestation'],
        summary: 'Evidence of the TEE, and every key it commits to',
        querystring: QuoteQuery,
        response: { 200: QuoteResponse, ...REFUSALS },
      },
    },
    async (request) => {
      const { nonce } = request.query
      // A nonce of our own proves no freshness to the caller; the answer shows which nonce it was.
      const bytes = nonce === undefined ? random.bytes(MIN_NONCE_BYTES) : readNonce(nonce)
      const { evidenceType: type, quote, binding, endorsements } = await attestation.quote(bytes)
      return attestationQuoteToJson({ evidence: { type, quote, binding }, endorsements })
    },
  )
}

function readNonce(text: string): Uint8Array {
  const refusal = (cause?: unknown) =>
    new EnclaveError('invalid_nonce', 'nonce must be base64url, unpadded, of 32 to 64 bytes', { cause })
  let bytes: Uint8Array
  try {
    bytes = decodeBase64Url(text)
  } catch (cause) {
    throw refusal(cause)
  }
  if (bytes.length < MIN_NONCE_BYTES || bytes.length > MAX_NONCE_BYTES) throw refusal()
  return bytes
}
