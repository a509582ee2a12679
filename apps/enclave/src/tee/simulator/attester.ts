import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { join } from 'node:path'
import { encodeSimulatorQuote, SIMULATOR_TYPE, simulatorSigningInput } from '@perf-aggregator/attestation/simulator'
import type { Attester, Evidence } from '../../ports/attester.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { readOrMakeSecret } from './secret-file.ts'

const FILE = 'development-root.key'

/**
 * NOT A TEE. Signs evidence of the simulator's kind with a development root made on this machine, for development and
 * tests. Whoever reads the folder can sign the same: verifiers believe it only when told so explicitly.
 */
export class SimulatorAttester implements Attester {
  readonly type = SIMULATOR_TYPE
  readonly #root: KeyObject
  readonly #publicKey: Uint8Array
  readonly #measurement: Uint8Array
  readonly #clock: Clock

  private constructor(root: KeyObject, measurement: Uint8Array, clock: Clock) {
    this.#root = root
    this.#publicKey = new Uint8Array(createPublicKey(root).export({ format: 'raw-public' }))
    this.#measurement = measurement
    this.#clock = clock
  }

  /**
   * @param directory the simulator's own, made when it is not there
   * @param measurement the release digest, 32 bytes
   */
  static async open(
    directory: string,
    measurement: Uint8Array,
    { clock, random }: { readonly clock: Clock; readonly random: Random },
  ): Promise<SimulatorAttester> {
    const seed = await readOrMakeSecret(join(directory, FILE), random)
    try {
      const key = Buffer.from(seed.buffer, seed.byteOffset, seed.byteLength)
      const root = createPrivateKey({ key, format: 'raw-private', asymmetricKeyType: 'ed25519' })
      return new SimulatorAttester(root, measurement, clock)
    } finally {
      seed.fill(0)
    }
  }

  async attest(reportData: Uint8Array): Promise<Evidence> {
    if (reportData.length !== 64) throw new RangeError('report data is 64 bytes')
    const issuedAt = Math.floor(this.#clock.now() / 1000)
    const statement = { debug: false, issuedAt, measurement: this.#measurement, reportData }
    const signature = sign(null, simulatorSigningInput(statement), this.#root)
    return {
      type: this.type,
      quote: encodeSimulatorQuote(statement, signature),
      endorsements: [this.#publicKey],
    }
  }
}
