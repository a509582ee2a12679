import { EnclaveError } from '../../errors.ts'
import type { Attester, Evidence } from '../../ports/attester.ts'
import type { KernelFiles } from '../machine.ts'
import { readQuote } from './attestation-files.ts'

/** Where a quote of version 3 has its report data: header of 48 bytes, then the report's last field. */
const REPORT_DATA = { from: 48 + 320, to: 48 + 384 } as const

/** SGX quotes through Gramine. They hold their certificates; Intel's collateral is published and not the enclave's to know. */
export class GramineAttester implements Attester {
  readonly type = 'sgx'
  readonly #files: KernelFiles
  /** The quote being made, if any; never rejects. Owned by {@link attest}. */
  #busy: Promise<unknown> = Promise.resolve()

  constructor(files: KernelFiles) {
    this.#files = files
  }

  async attest(reportData: Uint8Array): Promise<Evidence> {
    if (reportData.length !== 64) throw new RangeError('report data is 64 bytes')
    const asked = reportData.slice()
    const made = this.#busy.then(() => readQuote(this.#files, asked))
    this.#busy = made.catch(() => undefined)
    const quote = await made
    if (Buffer.compare(quote.subarray(REPORT_DATA.from, REPORT_DATA.to), asked) !== 0) {
      throw new EnclaveError('tee_unavailable', 'Gramine made a quote over other report data')
    }
    return { type: this.type, quote, endorsements: [] }
  }
}
