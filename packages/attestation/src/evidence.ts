/** What a verifier receives, not yet believed: the answer of `GET /attestation/quote` and its parts. */
import { type Binding, type BindingJson, bindingFromJson, bindingToJson } from './binding.ts'
import { decodeBase64, encodeBase64, encodeHex, equalBytes } from './bytes/index.ts'
import { AttestationError } from './errors.ts'
import { bytesField, type FieldReader, readFields, textField } from './fields.ts'

/** Evidence as claimed. Only `verify` turns it into a {@link VerifiedEnclave}. */
export interface Evidence {
  /** TEE family: `snp`, `tdx`, `sgx`, `nitro`, `azure-vtpm`, `simulator`. */
  readonly type: string
  /** What the TEE signed, in the family's own format. */
  readonly quote: Uint8Array
  /** What the evidence's report data is said to commit to; null in evidence that is not of this project's enclave. */
  readonly binding: Binding | null
}

/** Evidence of an enclave of this project. */
export interface BoundEvidence extends Evidence {
  readonly binding: Binding
}

/** Evidence and what verifies it: certificates and collateral in the family's form (`endorsements.ts`). */
export interface AttestationQuote {
  readonly evidence: BoundEvidence
  readonly endorsements: readonly Uint8Array[]
}

/** The answer of `GET /attestation/quote` (`docs/protocol.md` section 1). */
export interface AttestationQuoteJson {
  readonly quote: string
  readonly evidence_type: string
  readonly enclave_pubkey: string
  readonly image_hash: string
  readonly endorsements: readonly string[]
  readonly binding: BindingJson
}

/** Bounds on hostile answers: far above any real quote or certificate chain. */
const MAX_QUOTE = 65_536
const MAX_ENDORSEMENTS = 32
const MAX_ENDORSEMENT = 1_048_576

export function attestationQuoteToJson({ evidence, endorsements }: AttestationQuote): AttestationQuoteJson {
  return {
    quote: encodeBase64(evidence.quote),
    evidence_type: evidence.type,
    enclave_pubkey: encodeBase64(evidence.binding.hpkeX25519),
    image_hash: encodeHex(evidence.binding.release),
    endorsements: endorsements.map(encodeBase64),
    binding: bindingToJson(evidence.binding),
  }
}

/**
 * Strict inverse. The two fields repeated for a reader's convenience must say what the binding says:
 * `enclave_pubkey_mismatch`, `image_hash_mismatch`; otherwise a client that reads only them could be misled.
 */
export function attestationQuoteFromJson(json: unknown): AttestationQuote {
  const fields = readFields('attestation quote', json, QUOTE_FIELDS)
  const { binding } = fields
  if (!equalBytes(fields.enclave_pubkey, binding.hpkeX25519)) {
    throw new AttestationError('enclave_pubkey_mismatch', 'enclave_pubkey is not the key in the binding')
  }
  if (fields.image_hash !== encodeHex(binding.release)) {
    throw new AttestationError('image_hash_mismatch', 'image_hash is not the release in the binding')
  }
  return {
    evidence: { type: fields.evidence_type, quote: fields.quote, binding },
    endorsements: fields.endorsements,
  }
}

const evidenceType: FieldReader<string> = (value) => {
  const text = textField(value)
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(text)) throw new TypeError('not a family name')
  return text
}

const endorsementList: FieldReader<readonly Uint8Array[]> = (value) => {
  if (!Array.isArray(value) || value.length > MAX_ENDORSEMENTS) throw new TypeError('not a short array')
  return value.map(bytesField(decodeBase64, 1, MAX_ENDORSEMENT))
}

const QUOTE_FIELDS = {
  quote: bytesField(decodeBase64, 1, MAX_QUOTE),
  evidence_type: evidenceType,
  enclave_pubkey: bytesField(decodeBase64, 32),
  image_hash: textField,
  endorsements: endorsementList,
  binding: bindingFromJson,
} as const
