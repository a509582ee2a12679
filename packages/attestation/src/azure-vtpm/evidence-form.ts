/**
 * How the evidence of a confidential VM on Azure is carried in `quote`: a canonical JSON object (RFC 8785) of what the guest reads
 * from its vTPM, every member base64. No platform defines a form for all of it together.
 *
 * - `hcl_report`: NV index 0x01400001, as read
 * - `message`, `signature`: what TPM2_Quote answers with the key at 0x81000003: the TPMS_ATTEST, and the bare RSA signature over it
 * - `pcrs`: the values of the SHA-256 PCRs that were quoted, in ascending order
 * - `td_quote`: on TDX the quote of the report in `hcl_report`; elsewhere the empty string
 */
import {
  type Bytes,
  canonicalJson,
  canonicalJsonBytes,
  decodeBase64,
  decodeUtf8,
  encodeBase64,
} from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'
import { bytesField, type FieldReader, readFields } from '../fields.ts'

export interface AzureVtpmEvidence {
  readonly hclReport: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
  /** 32 bytes each, 1 to 24 of them */
  readonly pcrs: readonly Uint8Array[]
  /** Null where the hardware is not TDX */
  readonly tdQuote: Uint8Array | null
}

/** Bounds on hostile input, far above anything real. */
const MAX_EVIDENCE = 65_536
const MAX_HCL_REPORT = 16_384
const MAX_MESSAGE = 1024
const MAX_SIGNATURE = 512
const MAX_PCRS = 24
const MAX_TD_QUOTE = 32_768

export function encodeAzureVtpmEvidence({ hclReport, message, signature, pcrs, tdQuote }: AzureVtpmEvidence): Bytes {
  return canonicalJsonBytes({
    hcl_report: encodeBase64(hclReport),
    message: encodeBase64(message),
    pcrs: pcrs.map(encodeBase64),
    signature: encodeBase64(signature),
    td_quote: tdQuote ? encodeBase64(tdQuote) : '',
  })
}

/** Strict inverse: exactly these fields, in canonical form. `field_missing`, `field_unknown`, `field_malformed`. */
export function readAzureVtpmEvidence(quote: Uint8Array): AzureVtpmEvidence {
  if (quote.length > MAX_EVIDENCE) throw new AttestationError('field_malformed', 'Azure vTPM evidence that is too long')
  const fields = readFields('Azure vTPM evidence', readCanonicalJson(quote), FIELDS)
  return {
    hclReport: fields.hcl_report,
    message: fields.message,
    signature: fields.signature,
    pcrs: fields.pcrs,
    tdQuote: fields.td_quote.length === 0 ? null : fields.td_quote,
  }
}

function readCanonicalJson(quote: Uint8Array): unknown {
  try {
    const text = decodeUtf8(quote)
    const json: unknown = JSON.parse(text)
    // Repeated keys, white space and other spellings are refused: two programs must not read two things.
    if (canonicalJson(json) === text) return json
  } catch (cause) {
    throw new AttestationError('field_malformed', 'Azure vTPM evidence that is not JSON', { cause })
  }
  throw new AttestationError('field_malformed', 'Azure vTPM evidence that is not in canonical form')
}

const pcrValues: FieldReader<readonly Uint8Array[]> = (value) => {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_PCRS) throw new TypeError('not a short array')
  return value.map(bytesField(decodeBase64, 32))
}

const FIELDS = {
  hcl_report: bytesField(decodeBase64, 1, MAX_HCL_REPORT),
  message: bytesField(decodeBase64, 1, MAX_MESSAGE),
  pcrs: pcrValues,
  signature: bytesField(decodeBase64, 1, MAX_SIGNATURE),
  td_quote: bytesField(decodeBase64, 0, MAX_TD_QUOTE),
} as const
