import { EnclaveError } from '../../errors.ts'
import type { Attester, Evidence } from '../../ports/attester.ts'
import type { NsmExchange } from './device.ts'
import { Nsm } from './nsm.ts'

/** What an enclave in debug mode has zero. */
const IMAGE_PCRS = [0, 1, 2] as const

/** Replies asked for when the enclave starts: 256 bytes each, on a module that works. */
const ENTROPY_REPLIES = 2

/**
 * Attestation documents of AWS Nitro Enclaves. The report data is the document's `user_data`; the document holds its certificates, and
 * their revocation lists, which are AWS's to publish, come from elsewhere.
 */
export class NitroAttester implements Attester {
  readonly type = 'nitro'
  readonly #nsm: Nsm

  private constructor(nsm: Nsm) {
    this.#nsm = nsm
  }

  /**
   * Rejects `tee_unavailable` when the module does not answer, or the enclave runs in debug mode: no verifier would
   * believe it, and its console tells its host what it does.
   *
   * @param addEntropy mixes bytes into the kernel's pool: an enclave has no other device that makes any
   */
  static async open(exchange: NsmExchange, addEntropy: (bytes: Uint8Array) => Promise<void>): Promise<NitroAttester> {
    const nsm = new Nsm(exchange)
    if (IMAGE_PCRS.some((index) => nsm.describePcr(index).every((byte) => byte === 0))) {
      throw new EnclaveError('tee_unavailable', 'this Nitro enclave runs in debug mode: start it without --debug-mode')
    }
    for (let reply = 0; reply < ENTROPY_REPLIES; reply++) await addEntropy(nsm.random())
    return new NitroAttester(nsm)
  }

  async attest(reportData: Uint8Array): Promise<Evidence> {
    if (reportData.length !== 64) throw new RangeError('report data is 64 bytes')
    return { type: this.type, quote: this.#nsm.attest(reportData), endorsements: [] }
  }
}
