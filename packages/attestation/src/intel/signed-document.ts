/**
 * Documents of Intel's Provisioning Certification Service: `{"<member>":{…},"signature":"<hex>"}`, where the signature is over
 * the bytes of the inner object exactly as served. They are cut out, never written anew: white space or order that changed on
 * the way breaks the signature, as it must.
 */
import { decodeHex, decodeUtf8, encodeUtf8, equalBytes } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'

export type SignedMember = 'tcbInfo' | 'enclaveIdentity'

/** Bytes a document may have; the longest known has 30,000. */
const MOST = 524_288
const SIGNATURE_DIGITS = 128
const LINE_FEED = 0x0a
const OPENING: Readonly<Record<SignedMember, Uint8Array>> = {
  tcbInfo: encodeUtf8('{"tcbInfo":'),
  enclaveIdentity: encodeUtf8('{"enclaveIdentity":'),
}
const MIDDLE = encodeUtf8(',"signature":"')
const CLOSING = encodeUtf8('"}')

export interface SignedDocument {
  /** The inner object: what Intel signed. */
  readonly signed: Uint8Array
  /** r‖s */
  readonly signature: Uint8Array
  /** The inner object as JSON, nothing about it believed. */
  readonly json: unknown
}

/** One line feed at the end, which tools that save answers add, is allowed; no other second spelling is. `json_malformed`. */
export function readSignedDocument(bytes: Uint8Array, member: SignedMember): SignedDocument {
  try {
    if (bytes.length > MOST) throw new RangeError('longer than allowed')
    const whole = bytes.at(-1) === LINE_FEED ? bytes.subarray(0, -1) : bytes
    const opening = OPENING[member]
    const closingAt = whole.length - CLOSING.length
    const signatureAt = closingAt - SIGNATURE_DIGITS
    const middleAt = signatureAt - MIDDLE.length
    if (middleAt <= opening.length) throw new RangeError('too short')
    const isFramed =
      equalBytes(whole.subarray(0, opening.length), opening) &&
      equalBytes(whole.subarray(middleAt, signatureAt), MIDDLE) &&
      equalBytes(whole.subarray(closingAt), CLOSING)
    if (!isFramed) throw new TypeError('another frame')
    // Lengths count from both ends, so a second `signature` inside would have to be part of what is signed.
    const signed = whole.subarray(opening.length, middleAt)
    const signature = decodeHex(decodeUtf8(whole.subarray(signatureAt, closingAt)))
    return { signed, signature, json: JSON.parse(decodeUtf8(signed)) }
  } catch (cause) {
    throw new AttestationError('json_malformed', `not a signed ${member} as Intel serves it`, { cause })
  }
}

/** What {@link readSignedDocument} reads. @param signature lower-case hexadecimal */
export function writeSignedDocument(member: SignedMember, inner: string, signature: string): Uint8Array {
  return encodeUtf8(`{"${member}":${inner},"signature":"${signature}"}`)
}
