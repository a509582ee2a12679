/** The transparency log: kept in the database, its newest head witnessed by a file beside it. */
import { join } from 'node:path'
import type { SigningKeys } from '../certificates/signing-keys.ts'
import type { Configuration } from '../configuration.ts'
import { fileHeadWitness } from '../log/head-file.ts'
import { databaseLogStore } from '../log/log-store.ts'
import { Sequencer } from '../log/sequencer.ts'
import { keyObjectLogSigner, type LogSigner } from '../log/signer.ts'
import type { Foundation } from './foundation.ts'
import type { Tools } from './tools.ts'

export async function openLog(
  { logOrigin, dataDirectory }: Configuration,
  { store }: Pick<Foundation, 'store'>,
  signingKeys: SigningKeys,
  { clock }: Pick<Tools, 'clock'>,
): Promise<{ readonly log: Sequencer; readonly logSigner: LogSigner }> {
  const logSigner = keyObjectLogSigner(logOrigin, {
    ed25519: signingKeys['log-ed25519'],
    mlDsa44: signingKeys['log-mldsa44'],
  })
  const log = new Sequencer({
    store: databaseLogStore(store.db, logOrigin),
    witness: fileHeadWitness(join(dataDirectory, 'log-head')),
    signer: logSigner,
    clock,
  })
  await log.start()
  return { log, logSigner }
}
