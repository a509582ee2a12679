import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from '../bytes/base64.ts'
import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts'
import { ProtocolError } from '../errors.ts'
import { isArray, type Members } from '../json/members.ts'
import { type Json, readJson } from '../json/read-json.ts'

/**
 * The attestation part of a certificate as a RATS Conceptual Messages Wrapper (RFC 9999), JSON collection of records
 * `[media type, base64url value, indicator]`.
 */
export interface Cmw {
  readonly evidence: CmwRecord
  readonly binding: CmwRecord
  readonly endorsements: CmwRecord
}

export type CmwRecord = readonly [mediaType: string, value: string, indicator: number]

/** The same, taken apart; nothing of it is verified. */
export interface UnverifiedEvidence {
  /** `simulator`, `snp`, … */
  readonly type: string
  readonly quote: Uint8Array
  /** UTF-8 of the binding's JSON, docs/protocol.md section 1. */
  readonly binding: Uint8Array
  readonly endorsements: readonly Uint8Array[]
}

const EVIDENCE_PREFIX = 'application/vnd.perf-aggregator.evidence.'
const BINDING = 'application/vnd.perf-aggregator.binding.v1+json'
const ENDORSEMENTS = 'application/vnd.perf-aggregator.endorsements.v1+json'

/** RFC 9999 section 3.1.1: which conceptual message a record holds. */
const INDICATOR = { endorsements: 2, evidence: 4 } as const

const EVIDENCE_TYPE = /^[a-z][a-z0-9-]{0,31}$/

export function formatCmw(evidence: UnverifiedEvidence): Cmw {
  if (!EVIDENCE_TYPE.test(evidence.type)) throw new ProtocolError('cmw_malformed', 'the evidence type has no such form')
  const endorsements = encodeUtf8(JSON.stringify(evidence.endorsements.map(encodeBase64)))
  return {
    evidence: [EVIDENCE_PREFIX + evidence.type, encodeBase64Url(evidence.quote), INDICATOR.evidence],
    binding: [BINDING, encodeBase64Url(evidence.binding), INDICATOR.evidence],
    endorsements: [ENDORSEMENTS, encodeBase64Url(endorsements), INDICATOR.endorsements],
  }
}

/** Strict: media types, indicators and encodings exactly as {@link formatCmw} writes them; else `cmw_malformed`. */
export function parseCmw(cmw: Cmw): UnverifiedEvidence {
  const type = cmw.evidence[0].slice(EVIDENCE_PREFIX.length)
  if (!cmw.evidence[0].startsWith(EVIDENCE_PREFIX) || !EVIDENCE_TYPE.test(type)) throw malformed('evidence media type')
  if (cmw.binding[0] !== BINDING) throw malformed('binding media type')
  if (cmw.endorsements[0] !== ENDORSEMENTS) throw malformed('endorsements media type')
  if (cmw.evidence[2] !== INDICATOR.evidence || cmw.binding[2] !== INDICATOR.evidence) throw malformed('indicator')
  if (cmw.endorsements[2] !== INDICATOR.endorsements) throw malformed('indicator')
  return {
    type,
    quote: decodeBase64Url(cmw.evidence[1]),
    binding: decodeBase64Url(cmw.binding[1]),
    endorsements: parseEndorsements(decodeBase64Url(cmw.endorsements[1])),
  }
}

/** Shape only: three records of text, text, number. */
export function readCmw(members: Members): Cmw {
  const cmw: Cmw = {
    evidence: readRecord(members, 'evidence'),
    binding: readRecord(members, 'binding'),
    endorsements: readRecord(members, 'endorsements'),
  }
  members.end()
  return cmw
}

function readRecord(members: Members, name: string): CmwRecord {
  const [mediaType, value, indicator, ...rest] = members.array(name)
  if (typeof mediaType !== 'string' || typeof value !== 'string' || typeof indicator !== 'number' || rest.length > 0) {
    throw members.invalid(name, '[media type, base64url, indicator]')
  }
  return [mediaType, value, indicator]
}

function parseEndorsements(json: Uint8Array): readonly Uint8Array[] {
  const list: Json = readJson(decodeUtf8(json), 1)
  if (!isArray(list)) throw malformed('endorsements')
  return list.map((item) => {
    if (typeof item !== 'string') throw malformed('endorsements')
    return decodeBase64(item)
  })
}

function malformed(part: string): ProtocolError {
  return new ProtocolError('cmw_malformed', `cmw: ${part} is not in its one form`)
}
