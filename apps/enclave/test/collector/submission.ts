/** Test fixture: seals a plaintext to a collector's keys, as a client does. */
import { encodeUtf8, SUBMISSION_INFO, SUITES, sealBase, submissionAad } from '@perf-aggregator/protocol'
import { webHpkePrimitives } from '../../../../packages/client/src/crypto/hpke.ts'
import type { CollectorKeys, SealedSubmission } from '../../src/ports/collector.ts'

/** `plaintext` as JSON, whatever it holds; `exchange` is what the metadata announce. */
export async function sealedSubmission(
  keys: CollectorKeys,
  plaintext: object,
  exchange: string,
  suite: SealedSubmission['suite'] = 'x25519',
): Promise<SealedSubmission> {
  const metadata = { exchange, label: 'main', ttl: 3600 }
  const nonce = webHpkePrimitives.randomBytes(12)
  const { encapsulated, sealed } = await sealBase(
    webHpkePrimitives,
    SUITES[suite].sender(webHpkePrimitives),
    webHpkePrimitives.aes256Gcm,
    SUITES[suite].recipient(keys),
    {
      info: SUBMISSION_INFO,
      aad: submissionAad(metadata, nonce),
      plaintext: encodeUtf8(JSON.stringify(plaintext)),
    },
  )
  return { suite, encapsulatedKey: encapsulated, nonce, sealed, metadata }
}
