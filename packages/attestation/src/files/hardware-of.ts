import { readAzureVtpmEvidence } from '../azure-vtpm/evidence-form.ts'
import { readHclReport } from '../azure-vtpm/hcl-report.ts'
import type { Evidence } from '../evidence.ts'

/** The family whose endorsements verify the evidence, and what that signed: of an Azure VM, the hardware below. */
export function hardwareOf({ type, quote }: Evidence): { readonly family: string; readonly quote: Uint8Array } {
  if (type !== 'azure-vtpm') return { family: type, quote }
  try {
    const { hclReport, tdQuote } = readAzureVtpmEvidence(quote)
    const { hardware, hardwareReport } = readHclReport(hclReport)
    return { family: hardware, quote: hardware === 'tdx' && tdQuote ? tdQuote : hardwareReport }
  } catch {
    return { family: type, quote }
  }
}
