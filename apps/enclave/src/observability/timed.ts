/** Parts that do cryptography, with every operation timed and its failures counted. What they do stays the same. */
import type { StatementSigner } from '@perf-aggregator/protocol'
import type { RecordService } from '../http/services.ts'
import type { Metrics } from './metrics.ts'

type Timer = Pick<Metrics, 'crypto'>

export function timedSigner(signer: StatementSigner, metrics: Timer): StatementSigner {
  return {
    publicKeys: signer.publicKeys,
    ed25519: (message) => metrics.crypto('sign', () => signer.ed25519(message)),
    mlDsa65: (message) => metrics.crypto('sign', () => signer.mlDsa65(message)),
  }
}

/** Something that seals and opens: the two operations a vault has. */
interface Vault<Sealing extends readonly unknown[], Sealed, Opening extends readonly unknown[], Opened> {
  seal(...given: Sealing): Sealed
  open(...given: Opening): Opened
}

export function timedVault<Sealing extends readonly unknown[], Sealed, Opening extends readonly unknown[], Opened>(
  vault: Vault<Sealing, Sealed, Opening, Opened>,
  metrics: Timer,
): Vault<Sealing, Sealed, Opening, Opened> {
  return {
    seal: (...given) => metrics.crypto('encrypt', () => vault.seal(...given)),
    open: (...given) => metrics.crypto('decrypt', () => vault.open(...given)),
  }
}

/** Sealing and unsealing counted as calls into the TEE. */
export function countedRecords(records: RecordService, metrics: Pick<Metrics, 'tee'>): RecordService {
  return {
    ...records,
    create: async (...given) => await metrics.tee('seal', async () => await records.create(...given)),
    read: async (...given) => await metrics.tee('unseal', async () => await records.read(...given)),
  }
}
