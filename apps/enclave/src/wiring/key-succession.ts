/** Whenever the collector starts, its new keys get an epoch, and evidence names them and no others. */
import { encodeHex, type StatementSigner } from '@perf-aggregator/protocol'
import { beginKeyEpoch } from '../attestation/key-epoch.ts'
import { KeySuccession } from '../attestation/key-succession.ts'
import type { EvidenceParts } from './evidence.ts'
import type { Foundation } from './foundation.ts'
import type { Tools } from './tools.ts'

/** Resolves when evidence names the keys of the first collector. */
export async function followCollector(
  { release, store, collector }: Foundation,
  { attestation, evidence }: Pick<EvidenceParts, 'attestation' | 'evidence'>,
  signer: StatementSigner,
  { logger }: Pick<Tools, 'logger'>,
): Promise<KeySuccession> {
  const succession = new KeySuccession({
    begin: async (keys) =>
      await beginKeyEpoch(store.db, encodeHex(release), {
        ...keys,
        signEd25519: signer.publicKeys.ed25519,
        signMlDsa65: signer.publicKeys.mlDsa65,
      }),
    use: (keys, epoch) => {
      attestation.useKeys(keys, epoch)
      if (keys === null) {
        logger.warn('collector_lost', { part: 'collector' })
        return
      }
      evidence.renew()
      logger.info('key_epoch_began', { keyEpoch: epoch })
    },
    failed: (error) => logger.error('key_epoch_failed', {}, error),
  })
  collector.follow(succession)
  await succession.start(await collector.keys())
  return succession
}
