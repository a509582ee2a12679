/** JSON that tools on Azure write, which is not ours: read into our own form of the evidence. */
import { encodeAzureVtpmEvidence } from '../azure-vtpm/evidence-form.ts'
import { readTpmQuote } from '../azure-vtpm/tpm-quote.ts'
import { decodeBase64Url, decodeHex, encodeUtf8 } from '../bytes/index.ts'
import { bytesField, type FieldReader, readFields, textField } from '../fields.ts'
import { readPem } from '../x509/index.ts'

const PCRS = 24

export interface AzureFile {
  readonly quote: Uint8Array
  /** DER: what the file carries of the hardware's endorsements. */
  readonly certificates: readonly Uint8Array[]
}

/**
 * Evidence of SNP confidential VMs as attestation agents write it: `version` 2, `tpm_quote` with `signature`, `message` and all 24
 * `pcrs` in hexadecimal, `hcl_report` and `vcek` (DER) in base64url. `field_missing`, `field_unknown`, `field_malformed`,
 * `structure_malformed`.
 */
export function readAzureAgentJson(json: unknown): AzureFile {
  const { tpm_quote: tpm, hcl_report: hclReport, vcek } = readFields('Azure evidence', json, AGENT_FIELDS)
  const { signature, message, pcrs } = tpm
  // Only those that were quoted are part of the evidence: nothing vouches for the others.
  const { selected } = readTpmQuote(message)
  const quoted = selected.map((index) => pcrs[index] ?? new Uint8Array(0))
  return {
    quote: encodeAzureVtpmEvidence({ hclReport, message, signature, pcrs: quoted, tdQuote: null }),
    certificates: [vcek],
  }
}

/**
 * What the instance metadata service answers under `/metadata/THIM/amd/certification`: PEM of the VCEK and of its chain. The
 * certificates, DER. `field_missing`, `field_unknown`, `field_malformed`, `pem_malformed`.
 */
export function readAzureCertification(json: unknown): readonly Uint8Array[] {
  const { vcekCert, certificateChain } = readFields('AMD certification of Azure', json, CERTIFICATION_FIELDS)
  return [vcekCert, certificateChain].flatMap((pem) => readPem(encodeUtf8(pem), 'CERTIFICATE'))
}

/** base64url, with padding or without. */
const paddedBase64Url = (most: number): FieldReader<Uint8Array> =>
  bytesField((text) => decodeBase64Url(text.replace(/={1,2}$/, '')), 1, most)

const versionTwo: FieldReader<2> = (value) => {
  if (value !== 2) throw new TypeError('another version')
  return value
}

const allPcrs: FieldReader<readonly Uint8Array[]> = (value) => {
  if (!Array.isArray(value) || value.length !== PCRS) throw new TypeError('not 24 PCRs')
  return value.map(bytesField(decodeHex, 32))
}

const TPM_FIELDS = { signature: bytesField(decodeHex, 1, 512), message: bytesField(decodeHex, 1, 1024), pcrs: allPcrs }

const AGENT_FIELDS = {
  version: versionTwo,
  tpm_quote: (value: unknown) => readFields('TPM quote of Azure evidence', value, TPM_FIELDS),
  hcl_report: paddedBase64Url(16_384),
  vcek: paddedBase64Url(8192),
} as const

const CERTIFICATION_FIELDS = {
  vcekCert: textField,
  tcbm: textField,
  certificateChain: textField,
  cacheControl: textField,
} as const
