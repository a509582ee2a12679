import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { EnclaveError } from '../../errors.ts'
import type { Random } from '../../ports/random.ts'
import type { RootOfTrust } from '../../ports/root-of-trust.ts'
import { isSealedBlob, openBlob, sealBlob } from '../sealed-blob.ts'
import { readOrMakeSecret } from './secret-file.ts'

const FILE = 'sealing.key'
const MAGIC = Buffer.from('perf-aggregator/simulator-seal/v1\n')
/** Magic and measurement */
const HEAD = MAGIC.length + 32

/**
 * NOT A TEE. Seals under a key that lies in a file beside the data, so it protects against nothing but a mix-up. It keeps
 * the one promise programs depend on: what was sealed under one measurement does not unseal under another.
 *
 * Blob: its head is magic ‖ measurement.
 */
export class SimulatorRootOfTrust implements RootOfTrust {
  readonly name = 'simulator (NOT A TEE)'
  /** HKDF-SHA-256 of the file's bytes, salted with the measurement. */
  readonly #key: KeyObject
  readonly #measurement: Uint8Array
  readonly #random: Random

  private constructor(key: KeyObject, measurement: Uint8Array, random: Random) {
    this.#key = key
    this.#measurement = measurement
    this.#random = random
  }

  /**
   * @param directory the simulator's own, made when it is not there
   * @param measurement the release digest, 32 bytes
   */
  static async open(directory: string, measurement: Uint8Array, random: Random): Promise<SimulatorRootOfTrust> {
    const secret = await readOrMakeSecret(join(directory, FILE), random)
    const derived = Buffer.from(hkdfSync('sha256', secret, measurement, MAGIC, 32))
    try {
      return new SimulatorRootOfTrust(createSecretKey(derived), measurement, random)
    } finally {
      secret.fill(0)
      derived.fill(0)
    }
  }

  async seal(secret: Uint8Array): Promise<Uint8Array> {
    return sealBlob(Buffer.concat([MAGIC, this.#measurement]), this.#key, secret, this.#random)
  }

  /** Rejects `root_of_trust`, saying whether another release sealed it or it was altered. */
  async unseal(blob: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    if (!isSealedBlob(blob, HEAD) || !MAGIC.equals(blob.subarray(0, MAGIC.length))) {
      throw new EnclaveError('root_of_trust', 'this is nothing the simulator sealed')
    }
    if (Buffer.compare(this.#measurement, blob.subarray(MAGIC.length, HEAD)) !== 0) {
      throw new EnclaveError(
        'root_of_trust',
        'another release sealed this: start that release, or start this one on another data directory',
      )
    }
    const secret = openBlob(blob, HEAD, this.#key)
    if (secret !== null) return secret
    throw new EnclaveError('root_of_trust', 'this was sealed elsewhere, or altered since')
  }
}
