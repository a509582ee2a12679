/** From the PCK to the quote: PCK ← report of the quoting enclave ← attestation key ← quote (DCAP Appendix A.4). */
import { concat, encodeHex, equalBytes, isZero } from '../bytes/index.ts'
import { type Check, check } from '../checks.ts'
import type { Mathematics, PublicKey } from '../mathematics.ts'
import type { IntelQuote } from './quote.ts'

/** Intel's own quoting enclaves. */
const INTEL_QE = '939a7233f79c4ca9940a0db3957f0607'
const UNCOMPRESSED = Uint8Array.of(4)

/** @param pckSpki SubjectPublicKeyInfo of the PCK leaf; null where there is none, and nothing is signed then */
export async function quoteSignatureChecks(
  quote: IntelQuote,
  pckSpki: Uint8Array | null,
  mathematics: Mathematics,
): Promise<readonly Check[]> {
  const { qe, attestationKey } = quote
  const vendor = encodeHex(quote.qeVendorId)
  const isSignedBy = async (key: PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> =>
    mathematics.verifySignature('ecdsa-p256-sha256', key, message, signature).catch(() => false)
  const hashed = mathematics.digest('sha256', concat(attestationKey, qe.authenticationData)).catch(() => null)
  const [keyHash, isReportSigned, isQuoteSigned] = await Promise.all([
    hashed,
    pckSpki !== null && isSignedBy({ form: 'spki', bytes: pckSpki }, qe.report.bytes, qe.signature),
    isSignedBy({ form: 'raw', bytes: concat(UNCOMPRESSED, attestationKey) }, quote.signed, quote.signature),
  ])
  const { reportData } = qe.report
  const isKeyBound =
    keyHash !== null && equalBytes(keyHash, reportData.subarray(0, 32)) && isZero(reportData.subarray(32))
  return [
    check('intel_qe_vendor', vendor === INTEL_QE, INTEL_QE, vendor),
    check(
      'intel_qe_report_signature',
      isReportSigned,
      'report of the quoting enclave: signed by the PCK',
      isReportSigned ? 'so' : 'not so',
    ),
    check(
      'intel_attestation_key',
      isKeyBound,
      'hash of the attestation key in the report of the quoting enclave',
      isKeyBound ? 'so' : 'another hash',
    ),
    check('signature', isQuoteSigned, 'quote: signed by the attestation key', isQuoteSigned ? 'so' : 'not so'),
  ]
}
