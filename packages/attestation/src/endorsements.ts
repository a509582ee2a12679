/**
 * What verifies hardware evidence: certificates, revocation lists, collateral. On the wire endorsements are a list of byte
 * strings; those of hardware families are each labelled, `name ‖ 0x0a ‖ bytes`, so that their order does not matter and none
 * can be taken for another.
 */
import { type Bytes, concat, encodeUtf8 } from './bytes/index.ts'
import { AttestationError } from './errors.ts'

/** Every kind, and how many of it evidence may come with. */
const MOST = {
  /** One X.509 certificate, DER. Order within the kind is kept. */
  certificate: 8,
  /** One X.509 CRL, DER. */
  crl: 8,
  /** Intel PCS answers, exactly as served: signatures are over the bytes inside. */
  'tcb-info': 1,
  'tcb-info-issuer-chain': 1,
  'qe-identity': 1,
  'qe-identity-issuer-chain': 1,
  /** CRL of the PCK CA, DER. */
  'pck-crl': 1,
  'pck-crl-issuer-chain': 1,
  /** CRL of the Intel root, DER. */
  'root-ca-crl': 1,
  /** PEM, leaf first, for quotes that do not carry their own. */
  'pck-certificate-chain': 1,
} as const

export type EndorsementName = keyof typeof MOST

/** Bounds on hostile input, far above anything real. */
const MAX_ITEMS = 32
const MAX_LABEL = 32
const LINE_FEED = 0x0a

/** Endorsements by kind, each kind in the order received. */
export type Endorsements = ReadonlyMap<EndorsementName, readonly Uint8Array[]>

/** One labelled endorsement, as it goes into `endorsements`. */
export function endorsement(name: EndorsementName, bytes: Uint8Array): Bytes {
  return concat(encodeUtf8(`${name}\n`), bytes)
}

export function isEndorsementName(text: string): text is EndorsementName {
  return Object.hasOwn(MOST, text)
}

/** The inverse of {@link endorsement}; null for bytes without a known label. */
export function labelled(item: Uint8Array): { readonly name: EndorsementName; readonly bytes: Uint8Array } | null {
  const end = item.subarray(0, MAX_LABEL).indexOf(LINE_FEED)
  const label = end < 0 ? '' : String.fromCharCode(...item.subarray(0, end))
  return isEndorsementName(label) ? { name: label, bytes: item.subarray(end + 1) } : null
}

/**
 * Reads labelled endorsements, of the kinds in `allowed` only: whatever a family does not look at would be carried along
 * unverified. `endorsements_malformed` for an unknown label, a kind not allowed, or too many of a kind.
 */
export function readEndorsements(list: readonly Uint8Array[], allowed: readonly EndorsementName[]): Endorsements {
  if (list.length > MAX_ITEMS) throw malformed('too many endorsements')
  const byName = new Map<EndorsementName, Uint8Array[]>()
  for (const item of list) {
    const read = labelled(item)
    if (!read || !allowed.includes(read.name)) throw malformed('an endorsement this family does not look at')
    const same = byName.get(read.name) ?? []
    same.push(read.bytes)
    if (same.length > MOST[read.name]) throw malformed(`too many endorsements of the kind ${read.name}`)
    byName.set(read.name, same)
  }
  return byName
}

/** The endorsement of a kind of which there is one, or null. */
export function single(endorsements: Endorsements, name: EndorsementName): Uint8Array | null {
  const [first = null] = endorsements.get(name) ?? []
  return first
}

/** All of a kind, in the order received. */
export function every(endorsements: Endorsements, name: EndorsementName): readonly Uint8Array[] {
  return endorsements.get(name) ?? []
}

function malformed(what: string): AttestationError {
  return new AttestationError('endorsements_malformed', what)
}
