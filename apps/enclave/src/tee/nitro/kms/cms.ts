/**
 * The one CMS message AWS KMS sends to an enclave (`CiphertextForRecipient`): EnvelopedData (RFC 5652 section 6) for one recipient,
 * RSAES-OAEP with SHA-256 (RFC 4055) around an AES-256-CBC key (RFC 3565). In BER (X.690), for its lengths may be indefinite.
 */
import { constants, createDecipheriv, type KeyObject, privateDecrypt } from 'node:crypto'
import { wipeable } from '../../../collector/wipeable.ts'
import { EnclaveError } from '../../../errors.ts'

const MOST_BYTES = 16_384
const MOST_DEPTH = 12

const SEQUENCE = 0x30
const SET = 0x31
const INTEGER = 0x02
const OCTETS = 0x04
const NULL = 0x05
const OID = 0x06

/** Contents of object identifiers, hex. */
const ENVELOPED_DATA = '2a864886f70d010703'
const DATA = '2a864886f70d010701'
const RSAES_OAEP = '2a864886f70d010107'
const MGF1 = '2a864886f70d010108'
const SHA_256 = '608648016503040201'
const AES_256_CBC = '60864801650304012a'

interface Ber {
  readonly tag: number
  readonly content: Uint8Array
  readonly children: readonly Ber[]
}

/**
 * What the envelope holds, at most 16 KiB; the caller wipes it. CBC authenticates nothing and anybody can encrypt to a public key:
 * the caller decides whether to believe it. Throws `root_of_trust`.
 */
export function openEnvelope(bytes: Uint8Array, privateKey: KeyObject): Buffer<ArrayBuffer> {
  const { encryptedKey, iv, ciphertext } = readEnvelope(bytes)
  let key: Buffer | undefined
  let head: Buffer | undefined
  let tail: Buffer | undefined
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    key = privateDecrypt({ key: privateKey, padding, oaepHash: 'sha256' }, encryptedKey)
    const decipher = createDecipheriv('aes-256-cbc', key, iv)
    head = decipher.update(ciphertext)
    tail = decipher.final()
    const plaintext = wipeable(head.length + tail.length)
    plaintext.set(head)
    plaintext.set(tail, head.length)
    return plaintext
  } catch (cause) {
    throw new EnclaveError('root_of_trust', 'the envelope of KMS was not made for this request', { cause })
  } finally {
    for (const secret of [key, head, tail]) secret?.fill(0)
  }
}

function readEnvelope(bytes: Uint8Array): {
  readonly encryptedKey: Uint8Array
  readonly iv: Uint8Array
  readonly ciphertext: Uint8Array
} {
  const [type, wrapped] = parts(readBer(bytes), SEQUENCE, 2)
  expectOid(type, ENVELOPED_DATA)
  const [enveloped] = parts(wrapped, 0xa0, 1)
  const [version, recipients, encrypted] = parts(enveloped, SEQUENCE, 3)
  const [recipient] = parts(recipients, SET, 1)
  const [recipientVersion, identifier, algorithm, encryptedKey] = parts(recipient, SEQUENCE, 4)
  // RFC 5652 section 6.2.1: 0 names the recipient by issuer, 2 by subject key identifier. Our key is of one call: either names it.
  const expected = identifier?.tag === SEQUENCE ? 0 : identifier?.tag === 0x80 ? 2 : null
  if (expected === null || integer(version) !== expected || integer(recipientVersion) !== expected) throw malformed()
  expectOaep(algorithm)
  const [contentType, cipher, content] = parts(encrypted, SEQUENCE, 3)
  expectOid(contentType, DATA)
  const [name, parameters] = parts(cipher, SEQUENCE, 2)
  expectOid(name, AES_256_CBC)
  const iv = octets(parameters, OCTETS, 0x24)
  if (iv.length !== 16) throw malformed()
  return { encryptedKey: octets(encryptedKey, OCTETS, 0x24), iv, ciphertext: octets(content, 0x80, 0xa0) }
}

/** SHA-256 in both places, and no label. */
function expectOaep(algorithm: Ber | undefined): void {
  const [name, parameters] = parts(algorithm, SEQUENCE, 2)
  expectOid(name, RSAES_OAEP)
  const [hash, mask] = parts(parameters, SEQUENCE, 2)
  expectSha256(parts(hash, 0xa0, 1)[0])
  const [mgf1, maskHash] = parts(parts(mask, 0xa1, 1)[0], SEQUENCE, 2)
  expectOid(mgf1, MGF1)
  expectSha256(maskHash)
}

/** RFC 4055 section 2.1: parameters are NULL or absent, and both are to be taken. */
function expectSha256(algorithm: Ber | undefined): void {
  const [name, parameters] = parts(algorithm, SEQUENCE, algorithm?.children.length === 1 ? 1 : 2)
  expectOid(name, SHA_256)
  if (parameters && (parameters.tag !== NULL || parameters.content.length > 0)) throw malformed()
}

function parts(value: Ber | undefined, tag: number, count: number): readonly Ber[] {
  if (value?.tag !== tag || value.children.length !== count) throw malformed()
  return value.children
}

function expectOid(value: Ber | undefined, hex: string): void {
  if (value?.tag !== OID || Buffer.from(value.content).toString('hex') !== hex) throw malformed()
}

function integer(value: Ber | undefined): number {
  if (value?.tag !== INTEGER || value.content.length !== 1) throw malformed()
  return value.content[0] ?? 0
}

/** A string in one piece, or in pieces that are in one piece each. What it holds is ciphertext. */
function octets(value: Ber | undefined, whole: number, inPieces: number): Uint8Array {
  if (value?.tag === whole) return value.content
  if (value?.tag !== inPieces || value.children.some(({ tag }) => tag !== OCTETS)) throw malformed()
  return Buffer.concat(value.children.map(({ content }) => content))
}

function readBer(bytes: Uint8Array): Ber {
  if (bytes.length > MOST_BYTES) throw malformed()
  const { value, next } = readValue(bytes, 0, bytes.length, 0)
  if (next !== bytes.length) throw malformed()
  return value
}

function readValue(bytes: Uint8Array, at: number, end: number, depth: number): { value: Ber; next: number } {
  const tag = bytes[at] ?? 0
  // Tag 0 is the end of contents, which is no value.
  if (depth > MOST_DEPTH || end - at < 2 || tag === 0 || (tag & 0x1f) === 0x1f) throw malformed()
  const isConstructed = (tag & 0x20) !== 0
  const { length, from } = readLength(bytes, at + 1, end)
  if (length === null && !isConstructed) throw malformed()
  const until = length === null ? end : from + length
  if (until > end) throw malformed()
  if (!isConstructed) return { value: { tag, content: bytes.subarray(from, until), children: [] }, next: until }
  const children: Ber[] = []
  let position = from
  while (length === null ? !isEndOfContents(bytes, position, end) : position < until) {
    const { value, next } = readValue(bytes, position, until, depth + 1)
    children.push(value)
    position = next
  }
  const content = bytes.subarray(from, position)
  return { value: { tag, content, children }, next: length === null ? position + 2 : until }
}

function isEndOfContents(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 2 <= end && bytes[at] === 0 && bytes[at + 1] === 0
}

/** Null: indefinite. */
function readLength(bytes: Uint8Array, at: number, end: number): { length: number | null; from: number } {
  const first = bytes[at] ?? 0
  if (first === 0x80) return { length: null, from: at + 1 }
  if (first < 0x80) return { length: first, from: at + 1 }
  const count = first & 0x7f
  if (count > 4 || at + 1 + count > end) throw malformed()
  let length = 0
  for (let index = 1; index <= count; index++) length = length * 256 + (bytes[at + index] ?? 0)
  return { length, from: at + 1 + count }
}

function malformed(): EnclaveError {
  return new EnclaveError('root_of_trust', 'KMS answered with no envelope this enclave reads')
}
