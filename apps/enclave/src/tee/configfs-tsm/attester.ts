import { endorsement } from '@perf-aggregator/attestation'
import type { Attester, Evidence } from '../../ports/attester.ts'
import type { Random } from '../../ports/random.ts'
import type { KernelFiles } from '../machine.ts'
import { readCertificateTable } from './certificate-table.ts'
import { readTsmReport, type TsmProvider } from './report.ts'

const PROVIDERS = { snp: 'sev_guest', tdx: 'tdx_guest' } as const satisfies Record<string, TsmProvider>

/**
 * SEV-SNP reports and TDX quotes through configfs-tsm. With an SNP report come the certificates its host handed over, as many of the
 * three as it has; with a TDX quote none, for it holds its own, and Intel's collateral is published and not the guest's to know.
 */
export class TsmAttester implements Attester {
  readonly type: keyof typeof PROVIDERS
  readonly #files: KernelFiles
  readonly #random: Random

  constructor(
    type: keyof typeof PROVIDERS,
    { files, random }: { readonly files: KernelFiles; readonly random: Random },
  ) {
    this.type = type
    this.#files = files
    this.#random = random
  }

  async attest(reportData: Uint8Array): Promise<Evidence> {
    if (reportData.length !== 64) throw new RangeError('report data is 64 bytes')
    const surroundings = { files: this.#files, random: this.#random }
    const { outblob, auxblob } = await readTsmReport(reportData, PROVIDERS[this.type], surroundings)
    const chain = readCertificateTable(auxblob)
    return {
      type: this.type,
      quote: outblob,
      endorsements: chain.map((certificate) => endorsement('certificate', certificate)),
    }
  }
}
