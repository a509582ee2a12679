/** Certificates: measured, signed and logged under what the evidence says of this enclave. */
import { encodeHex, formatVkey, type StatementSigner } from '@perf-aggregator/protocol'
import type { Aggregation } from '../aggregation/aggregation.ts'
import type { CertificateEvidence } from '../certificates/evidence.ts'
import { Certificates } from '../certificates/issue.ts'
import type { Configuration } from '../configuration.ts'
import type { Sequencer } from '../log/sequencer.ts'
import type { LogSigner } from '../log/signer.ts'
import { subjectPseudonym } from '../sessions/pseudonym.ts'
import type { Foundation } from './foundation.ts'
import type { Tools } from './tools.ts'

export interface Issuing {
  readonly aggregation: Aggregation
  readonly signer: StatementSigner
  readonly evidence: CertificateEvidence
  readonly log: Sequencer
  readonly logSigner: LogSigner
}

/** Resolves when the drafts that a crash left behind are finished. */
export async function openCertificates(
  { logOrigin }: Pick<Configuration, 'logOrigin'>,
  { release, masterKey, store }: Foundation,
  { aggregation, signer, evidence, log, logSigner }: Issuing,
  { clock, logger, metrics }: Tools,
): Promise<Certificates> {
  const pseudonyms = masterKey.branch('pseudonyms')
  const certificates = new Certificates({
    db: store.db,
    clock,
    branch: masterKey.branch('certificates'),
    measure: async (sessions, currency) => await aggregation.measure(sessions, currency),
    signer,
    append: async (leaf) => {
      const appended = await log.append(leaf)
      metrics.logAppended(1)
      return appended
    },
    identity: async () => {
      const { keyEpoch, evidence: made } = await evidence.current()
      const vkeys = [formatVkey(logSigner.ed25519.key), formatVkey(logSigner.mlDsa44.key)] as const
      return { issuer: { logOrigin, vkeys, keyEpoch, release: encodeHex(release) }, evidence: made }
    },
    subject: (accounts) => subjectPseudonym(pseudonyms, accounts),
  })
  const finished = await certificates.finishDrafts()
  if (finished > 0) logger.info('certificates_finished', { count: finished })
  return certificates
}
