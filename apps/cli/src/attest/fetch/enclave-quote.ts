/** The evidence of a running enclave, for nobody to believe: it says whom to ask for what verifies it. */
import { AttestationError, attestationQuoteFromJson } from '@perf-aggregator/attestation'
import { encodeBase64Url } from '@perf-aggregator/attestation/bytes'
import { ClientError, EnclaveConnection } from '@perf-aggregator/client'
import type { Asked } from './round.ts'

/** `ClientError`: `network`, `answer_malformed`, … */
export async function enclaveQuote(enclaveUrl: string): Promise<Asked> {
  const { http } = new EnclaveConnection({
    enclaveUrl,
    measurements: { skip: 'nothing is believed and nothing is sent' },
  })
  const query = { nonce: encodeBase64Url(crypto.getRandomValues(new Uint8Array(32))) }
  const json = await http.json({ method: 'GET', path: '/attestation/quote', query, idempotent: true })
  try {
    const { evidence, endorsements } = attestationQuoteFromJson(json)
    return { file: enclaveUrl, evidence, endorsements }
  } catch (error) {
    if (!(error instanceof AttestationError)) throw error
    throw new ClientError('answer_malformed', 'the answer is no attestation quote', { cause: error })
  }
}
