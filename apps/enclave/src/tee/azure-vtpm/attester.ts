import { endorsement } from '@perf-aggregator/attestation'
import { encodeAzureVtpmEvidence } from '@perf-aggregator/attestation/azure-vtpm'
import { EnclaveError } from '../../errors.ts'
import type { Attester, Evidence } from '../../ports/attester.ts'
import type { Machine } from '../machine.ts'
import { AmdCertificates } from './amd-certificates.ts'
import { freshReport } from './fresh-report.ts'
import { tdQuote } from './metadata-service.ts'
import { quotePcrs, sha256 } from './pcrs.ts'
import { Tpm } from './tpm.ts'

/** The persistent key the paravisor vouches for in its claims, `HCLAkPub`. */
const ATTESTATION_KEY = 0x8100_0003

/** All: which of them say what runs depends on how the image starts, and is the verifier's to know. */
const PCRS = Array.from({ length: 24 }, (_, index) => index)

/** Bytes of a TDREPORT in the field that SNP reports fill */
const TD_REPORT_SIZE = 1024

/** Reports come every two seconds: whoever stands behind so many others is better told to come again. */
const MOST_WAITING = 8

interface Made {
  readonly quote: Uint8Array
  readonly isTdx: boolean
}

/**
 * Evidence of confidential VMs on Azure (docs/protocol.md, section 1.3): the report data goes to the paravisor, its SHA-256 into the
 * quote. With SNP come the certificates of the processor, where the host gives them; with TDX none, as from other clouds.
 */
export class AzureVtpmAttester implements Attester {
  readonly type = 'azure-vtpm'
  readonly #machine: Machine
  /** The evidence being made, if any; never rejects. Owned by {@link attest}: there is one index for user data. */
  #busy: Promise<unknown> = Promise.resolve()
  #waiting = 0
  readonly #certificates: AmdCertificates

  constructor(machine: Machine) {
    this.#machine = machine
    this.#certificates = new AmdCertificates(machine)
  }

  async attest(reportData: Uint8Array): Promise<Evidence> {
    if (reportData.length !== 64) throw new RangeError('report data is 64 bytes')
    if (this.#waiting >= MOST_WAITING) {
      throw new EnclaveError('tee_unavailable', 'more evidence was asked for than the paravisor makes')
    }
    const asked = reportData.slice()
    this.#waiting++
    const making = this.#busy.then(() => this.#make(asked)).finally(() => this.#waiting--)
    this.#busy = making.catch(() => undefined)
    const { quote, isTdx } = await making
    const chain = isTdx ? [] : await this.#certificates.of({ type: this.type, quote, binding: null })
    return {
      type: this.type,
      quote,
      endorsements: chain.map((certificate) => endorsement('certificate', certificate)),
    }
  }

  async #make(reportData: Uint8Array): Promise<Made> {
    const { report, quote } = await Tpm.use(this.#machine, async (tpm) => ({
      report: await freshReport(tpm, reportData, this.#machine.pause),
      quote: await quotePcrs(tpm, ATTESTATION_KEY, sha256(reportData), PCRS),
    }))
    const isTdx = report.hardware === 'tdx'
    const evidence = {
      hclReport: report.bytes,
      ...quote,
      tdQuote: isTdx ? await tdQuote(report.hardwareReport.subarray(0, TD_REPORT_SIZE), this.#machine) : null,
    }
    return { quote: encodeAzureVtpmEvidence(evidence), isTdx }
  }
}
