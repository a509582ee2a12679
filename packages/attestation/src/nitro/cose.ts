/** COSE_Sign1 (RFC 9052 section 4.2) as the NSM writes it, and in no other way. */
import { equalBytes } from '../bytes/index.ts'
import { CborTag, type CborValue, isCborArray, isCborMap, readCbor, writeCbor } from '../cbor/index.ts'
import { AttestationError } from '../errors.ts'

export interface CoseSign1 {
  readonly payload: Uint8Array
  /** The Sig_structure: what was signed. */
  readonly signed: Uint8Array
  /** ECDSA on P-384, r‖s, 96 bytes */
  readonly signature: Uint8Array
}

const COSE_SIGN1_TAG = 18
const SIGNATURE_SIZE = 96

/** `{1: -35}`: the algorithm is ES384, and nothing else is said. */
const PROTECTED_ES384 = Uint8Array.of(0xa1, 0x01, 0x38, 0x22)

/**
 * Reads one COSE_Sign1 by ES384, with or without its tag. The unprotected header, which nobody signs, has to be empty.
 * `cbor_malformed`, `structure_malformed`.
 *
 * @param most bytes of the whole
 */
export function readCoseSign1(bytes: Uint8Array, most: number): CoseSign1 {
  const [protectedHeader, unprotected, payload, signature, ...rest] = items(untagged(readCbor(bytes, { most })))
  if (rest.length > 0) throw malformed('more than four parts')
  if (!(protectedHeader instanceof Uint8Array) || !equalBytes(protectedHeader, PROTECTED_ES384)) {
    throw malformed('another protected header than ES384')
  }
  if (!isCborMap(unprotected) || unprotected.size > 0) throw malformed('an unprotected header that is not empty')
  if (!(payload instanceof Uint8Array)) throw malformed('a payload that is no byte string')
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_SIZE) {
    throw malformed('a signature of another size')
  }
  return { payload, signed: sigStructure(payload), signature }
}

/** RFC 9052 section 4.4, without external data. */
function sigStructure(payload: Uint8Array): Uint8Array {
  return writeCbor(['Signature1', PROTECTED_ES384, new Uint8Array(0), payload])
}

function untagged(value: CborValue): CborValue {
  if (!(value instanceof CborTag)) return value
  if (value.tag !== COSE_SIGN1_TAG) throw malformed('another tag than COSE_Sign1')
  return value.value
}

function items(value: CborValue): readonly CborValue[] {
  if (!isCborArray(value)) throw malformed('not an array')
  return value
}

function malformed(what: string): AttestationError {
  return new AttestationError('structure_malformed', `COSE_Sign1: ${what}`)
}
