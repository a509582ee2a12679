/** `GET /attestation/quote` (A1). */
import { type BindingDocument, QuoteQuery, QuoteResponse } from '@perf-aggregator/contracts'
import { decodeBase64Url } from '@perf-aggregator/protocol'
import { EnclaveError } from '../../errors.ts'
import type { Random } from '../../ports/random.ts'
import type { Server } from '../server-type.ts'
import type { Quote, Services } from '../services.ts'
import { base64, base64url, hex } from '../wire.ts'
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
      return quoteResponse(await attestation.quote(bytes))
    },
  )
}

function readNonce(text: string): Uint8Array {
  const refusal = (cause?: unknown) =>
    new EnclaveError('invalid_nonce', 'nonce must be base64url, unpadded, of 32 to 64 bytes.', { cause })
  let bytes: Uint8Array
  try {
    bytes = decodeBase64Url(text)
  } catch (cause) {
    throw refusal(cause)
  }
  if (bytes.length < MIN_NONCE_BYTES || bytes.length > MAX_NONCE_BYTES) throw refusal()
  return bytes
}

function quoteResponse({ quote, evidenceType, endorsements, binding }: Quote): QuoteResponse {
  return {
    quote: base64(quote),
    evidence_type: evidenceType,
    enclave_pubkey: base64(binding.hpkeX25519),
    image_hash: hex(binding.release),
    endorsements: endorsements.map(base64),
    binding: bindingDocument(binding),
  }
}

function bindingDocument(binding: Quote['binding']): BindingDocument {
  return {
    nonce: base64url(binding.nonce),
    hpke_x25519: base64(binding.hpkeX25519),
    hpke_xwing: base64(binding.hpkeXWing),
    sign_ed25519: base64(binding.signEd25519),
    sign_mldsa65: base64(binding.signMlDsa65),
    tls_key_sha256: hex(binding.tlsKeySha256),
    release: hex(binding.release),
    log_origin: binding.logOrigin,
    key_epoch: binding.keyEpoch,
    not_after: binding.notAfter,
  }
}
