import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { EnclaveError } from '../../errors.ts'
import type { Random } from '../../ports/random.ts'
import type { RootOfTrust } from '../../ports/root-of-trust.ts'
import { readOrMakeSecret } from './secret-file.ts'

const FILE = 'sealing.key'
const MAGIC = Buffer.from('perf-aggregator/simulator-seal/v1\n')
const MEASUREMENT = 32
const NONCE = 12
const TAG = 16
const HEADER = MAGIC.length + MEASUREMENT + NONCE

/**
 * NOT A TEE. Seals under a key that lies in a file beside the data, so it protects against nothing but a mix-up. It keeps
 * the one promise programs depend on: what was sealed under one measurement does not unseal under another.
 *
 * Blob: magic ‖ measurement ‖ nonce ‖ ciphertext ‖ tag; magic ‖ measurement is authenticated.
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
    const blob = new Uint8Array(HEADER + secret.length + TAG)
    blob.set(MAGIC)
    blob.set(this.#measurement, MAGIC.length)
    blob.set(this.#random.bytes(NONCE), MAGIC.length + MEASUREMENT)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(blob), { authTagLength: TAG })
    cipher.setAAD(boundPartOf(blob))
    blob.set(cipher.update(secret), HEADER)
    cipher.final()
    blob.set(cipher.getAuthTag(), blob.length - TAG)
    return blob
  }

  /** Rejects `root_of_trust`, saying whether another release sealed it or it was altered. */
  async unseal(blob: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    if (blob.length < HEADER + TAG || !MAGIC.equals(blob.subarray(0, MAGIC.length))) {
      throw new EnclaveError('root_of_trust', 'this is nothing the simulator sealed')
    }
    if (Buffer.compare(this.#measurement, blob.subarray(MAGIC.length, MAGIC.length + MEASUREMENT)) !== 0) {
      throw new EnclaveError(
        'root_of_trust',
        'another release sealed this: start that release, or start this one on another data directory',
      )
    }
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonceOf(blob), { authTagLength: TAG })
    decipher.setAAD(boundPartOf(blob))
    decipher.setAuthTag(blob.subarray(-TAG))
    const secret = decipher.update(blob.subarray(HEADER, -TAG))
    try {
      decipher.final()
      return secret
    } catch (cause) {
      secret.fill(0)
      throw new EnclaveError('root_of_trust', 'this was sealed elsewhere, or altered since', { cause })
    }
  }
}

function nonceOf(blob: Uint8Array): Uint8Array {
  return blob.subarray(HEADER - NONCE, HEADER)
}

function boundPartOf(blob: Uint8Array): Uint8Array {
  return blob.subarray(0, HEADER - NONCE)
}
