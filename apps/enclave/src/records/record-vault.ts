/**
 * A record at rest: sealed under a data key of its own, which is wrapped under the `records` branch of the master key.
 * Both seals are bound to the record's tenant, id and metadata, so a row (or half of one) put in the place of another
 * does not open. `keyVersion` is in the binding too: it names the wrapping key once there is more than one.
 *
 * The whole plaintext is in memory at once; records too large for that will come in chunks under another version.
 */
import type { KeyObject } from 'node:crypto'
import { EnclaveError } from '../errors.ts'
import type { RecordMetadata } from '../http/services.ts'
import type { Random } from '../ports/random.ts'
import { context } from '../sealing/context.ts'
import { createDataKey, openDataKey } from '../sealing/data-key.ts'
import { open, seal, UnsealError } from '../sealing/seal.ts'

/** The only wrapping key there is so far. */
const KEY_VERSION = 1

export interface SealedRecord {
  readonly keyVersion: number
  readonly wrappedKey: Uint8Array
  readonly sealed: Uint8Array
}

export class RecordVault {
  readonly #branch: KeyObject
  readonly #random: Random

  /** `branch`: the `records` branch of the master key. */
  constructor(branch: KeyObject, random: Random) {
    this.#branch = branch
    this.#random = random
  }

  seal(tenant: string, metadata: RecordMetadata, data: Uint8Array): SealedRecord {
    const bound = binding(tenant, metadata, KEY_VERSION)
    const { key, wrapped } = createDataKey(this.#branch, bound.ofKey, this.#random)
    return { keyVersion: KEY_VERSION, wrappedKey: wrapped, sealed: seal(key, data, bound.ofData, this.#random) }
  }

  /** The content, for the caller to wipe. Throws `record_altered`. */
  open(tenant: string, metadata: RecordMetadata, record: SealedRecord): Buffer {
    const bound = binding(tenant, metadata, record.keyVersion)
    try {
      return open(openDataKey(this.#branch, record.wrappedKey, bound.ofKey), record.sealed, bound.ofData)
    } catch (cause) {
      if (!(cause instanceof UnsealError)) throw cause
      throw new EnclaveError('record_altered', 'this record, or what describes it, was altered in the database', {
        cause,
      })
    }
  }
}

function binding(tenant: string, metadata: RecordMetadata, keyVersion: number): { ofKey: Buffer; ofData: Buffer } {
  const { id, createdAt, size, contentType, label } = metadata
  const parts = [tenant, id, keyVersion, createdAt, size, contentType, ...(label === null ? [] : [label])]
  return { ofKey: context('record-key', ...parts), ofData: context('record', ...parts) }
}
