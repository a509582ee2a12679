/** What whoever makes this evidence reads on the way, with the readers of those who will judge it. */
export { type AzureVtpmEvidence, encodeAzureVtpmEvidence, readAzureVtpmEvidence } from './evidence-form.ts'
export { type HclReport, readHclReport, tdReportData } from './hcl-report.ts'
export { type RuntimeClaims, readRuntimeClaims } from './runtime-claims.ts'
export { readTpmQuote, type TpmQuote } from './tpm-quote.ts'
