/**
 * An evidence bundle: evidence with everything that verifies it, in one JSON file, so that a browser verifies it without asking
 * any third party. It carries no trust: roots, policy and time are the verifier's own.
 */
import { type Binding, type BindingJson, bindingFromJson, bindingToJson } from '../binding.ts'
import { decodeBase64, encodeBase64, encodeUtf8 } from '../bytes/index.ts'
import { type EndorsementName, endorsement, isEndorsementName, labelled } from '../endorsements.ts'
import { AttestationError } from '../errors.ts'
import type { Evidence } from '../evidence.ts'
import { bytesField, constantField, countField, type FieldReader, readFields, textField } from '../fields.ts'
import { readJson } from '../json/read.ts'

export const BUNDLE_MEDIA_TYPE = 'application/vnd.perf-aggregator.evidence-bundle.v1+json'

export interface EvidenceBundle {
  readonly evidence: Evidence
  /** As `verify` takes them */
  readonly endorsements: readonly Uint8Array[]
  /** Seconds since 1970 when evidence and endorsements were gathered: a proposal for the moment to verify at, no proof. */
  readonly collectedAt: number
}

interface EndorsementJson {
  readonly label: EndorsementName
  readonly data: string
}

/** The file, field for field. `binding` is null in evidence that is not of this project's enclave. */
export interface EvidenceBundleJson {
  readonly mediaType: typeof BUNDLE_MEDIA_TYPE
  readonly type: string
  readonly quote: string
  readonly endorsements: readonly EndorsementJson[]
  readonly binding: BindingJson | null
  readonly collected_at: number
}

/** Bounds on hostile files: collateral for TDX has 30 kB, the CRLs of a large vendor a few hundred. */
const MAX_BUNDLE = 4_194_304
const MAX_QUOTE = 65_536
const MAX_ENDORSEMENTS = 32
const MAX_ENDORSEMENT = 1_048_576

/** The file's bytes. `bundle_malformed` for endorsements that are not labelled, as a simulator's are not. */
export function formatBundle({ evidence, endorsements, collectedAt }: EvidenceBundle): Uint8Array {
  const json: EvidenceBundleJson = {
    mediaType: BUNDLE_MEDIA_TYPE,
    type: evidence.type,
    quote: encodeBase64(evidence.quote),
    endorsements: endorsements.map((item) => {
      const read = labelled(item)
      if (read === null) throw new AttestationError('bundle_malformed', 'an endorsement without a label')
      return { label: read.name, data: encodeBase64(read.bytes) }
    }),
    binding: evidence.binding ? bindingToJson(evidence.binding) : null,
    collected_at: collectedAt,
  }
  return encodeUtf8(`${JSON.stringify(json, null, 1)}\n`)
}

/**
 * Strict inverse, of whatever white space: exactly these fields, each once, in any order. `json_malformed` for what is too large
 * or no JSON; `field_missing`, `field_unknown`, `field_malformed` for its fields.
 */
export function parseBundle(file: Uint8Array): EvidenceBundle {
  const fields = readFields('evidence bundle', readJson(file, MAX_BUNDLE), BUNDLE_FIELDS)
  return {
    evidence: { type: fields.type, quote: fields.quote, binding: fields.binding },
    endorsements: fields.endorsements,
    collectedAt: fields.collected_at,
  }
}

const familyName: FieldReader<string> = (value) => {
  const text = textField(value)
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(text)) throw new TypeError('not a family name')
  return text
}

const label: FieldReader<EndorsementName> = (value) => {
  const text = textField(value)
  if (!isEndorsementName(text)) throw new TypeError('not a label')
  return text
}

const ENDORSEMENT_FIELDS = { label, data: bytesField(decodeBase64, 1, MAX_ENDORSEMENT) } as const

const endorsementList: FieldReader<readonly Uint8Array[]> = (value) => {
  if (!Array.isArray(value) || value.length > MAX_ENDORSEMENTS) throw new TypeError('not a short array')
  return value.map((item: unknown) => {
    const fields = readFields('endorsement', item, ENDORSEMENT_FIELDS)
    return endorsement(fields.label, fields.data)
  })
}

const bindingOrNull: FieldReader<Binding | null> = (value) => (value === null ? null : bindingFromJson(value))

const BUNDLE_FIELDS = {
  mediaType: constantField(BUNDLE_MEDIA_TYPE),
  type: familyName,
  quote: bytesField(decodeBase64, 1, MAX_QUOTE),
  endorsements: endorsementList,
  binding: bindingOrNull,
  collected_at: countField,
} as const
