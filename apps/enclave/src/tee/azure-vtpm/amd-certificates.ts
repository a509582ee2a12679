/** The certificates of the processor below an SNP VM, asked of the metadata service no more often than they change. */
import type { Evidence } from '@perf-aggregator/attestation'
import { isOwnKey } from '@perf-aggregator/attestation/files'
import type { Machine } from '../machine.ts'
import { amdCertificates } from './metadata-service.ts'

type Chain = readonly Uint8Array[]

/** Owner of the chain that was answered last in this boot. */
export class AmdCertificates {
  readonly #machine: Pick<Machine, 'fetch'>
  #last: Chain = []
  /** The question under way, if any: a service that hangs holds one of them and no more. */
  #asking: Promise<Chain> | null = null

  constructor(machine: Pick<Machine, 'fetch'>) {
    this.#machine = machine
  }

  /**
   * VCEK, then its chain, DER; the service is asked where the last answer is not of the key that signed the evidence. Never rejects:
   * the service is not the only source of these, and the host, whose it is, must not take a quote away with it. Without an
   * answer it is what there is, maybe none, and the operator is told what clients miss (`endorsements_missing`).
   */
  async of(evidence: Evidence): Promise<Chain> {
    const [key] = this.#last
    if (key && isOwnKey(evidence, key)) return this.#last
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null
    })
    return await this.#asking
  }

  async #ask(): Promise<Chain> {
    try {
      this.#last = await amdCertificates(this.#machine)
    } catch {
      // What was answered before is not less true.
    }
    return this.#last
  }
}
