/** FAKE. AWS KMS as far as a Nitro enclave asks it. It believes every document and wraps nothing: blobs are numbers. */
import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto'
import { isCborMap, readCbor } from '@perf-aggregator/attestation/cbor'
import type { KmsTransport } from '../../../../src/tee/nitro/kms/kms-root-of-trust.ts'

export const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-00000000fa4e'

export interface EnvelopeOptions {
  readonly indefinite?: boolean
  /** Object identifiers, hex of their content. */
  readonly oids?: Readonly<Record<string, string>>
  readonly version?: number
  readonly iv?: number
}

const OIDS: Readonly<Record<string, string>> = {
  enveloped: '2a864886f70d010703',
  data: '2a864886f70d010701',
  oaep: '2a864886f70d010107',
  mgf1: '2a864886f70d010108',
  hash: '608648016503040201',
  maskHash: '608648016503040201',
  cipher: '60864801650304012a',
}

/** EnvelopedData for one RSA key, SPKI. */
export function envelope(plaintext: Uint8Array, publicKey: Uint8Array, options: EnvelopeOptions = {}): Buffer {
  const { indefinite = false, version = 2 } = options
  const names = { ...OIDS, ...options.oids }
  const value = (tag: number, ...inside: readonly Uint8Array[]): Buffer => {
    const content = Buffer.concat(inside)
    if (indefinite && (tag & 0x20) !== 0) {
      return Buffer.concat([Buffer.from([tag, 0x80]), content, Buffer.from([0, 0])])
    }
    return Buffer.concat([Buffer.from([tag, 0x82, content.length >> 8, content.length & 0xff]), content])
  }
  const oid = (name: string): Buffer => value(0x06, Buffer.from(names[name] ?? '', 'hex'))
  const key = randomBytes(32)
  const iv = randomBytes(16)
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const spki = { key: Buffer.from(publicKey), format: 'der', type: 'spki', padding, oaepHash: 'sha256' } as const
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  const content = Buffer.concat([cipher.update(plaintext), cipher.final()])
  const number = value(0x02, Uint8Array.of(version))
  const oaep = value(
    0x30,
    oid('oaep'),
    value(
      0x30,
      value(0xa0, value(0x30, oid('hash'), value(0x05))),
      value(0xa1, value(0x30, oid('mgf1'), value(0x30, oid('maskHash')))),
    ),
  )
  const recipient = value(0x30, number, value(0x80, randomBytes(20)), oaep, value(0x04, publicEncrypt(spki, key)))
  const pieces = indefinite
    ? value(0xa0, value(0x04, content.subarray(0, 16)), value(0x04, content.subarray(16)))
    : value(0x80, content)
  const algorithm = value(0x30, oid('cipher'), value(0x04, iv.subarray(0, options.iv ?? 16)))
  const encrypted = value(0x30, oid('data'), algorithm, pieces)
  return value(0x30, oid('enveloped'), value(0xa0, value(0x30, number, value(0x31, recipient), encrypted)))
}

type Request = Readonly<Record<string, unknown>>

export interface FakeKms {
  readonly transport: KmsTransport
  readonly requests: { readonly operation: string; readonly request: Request }[]
}

export interface FakeKmsOptions {
  /** Alters an answer; gets the public key of the enclave too. */
  readonly alter?: (answer: Record<string, unknown>, publicKey: Uint8Array) => unknown
  readonly indefinite?: boolean
}

export function fakeKms(
  { alter = (answer) => answer, indefinite = false }: FakeKmsOptions = {},
  keys: { readonly key: Buffer; readonly bound: string }[] = [],
): FakeKms {
  const requests: FakeKms['requests'] = []
  const transport: KmsTransport = async (operation, request) => {
    requests.push({ operation, request })
    const { AttestationDocument } = request['Recipient'] as { AttestationDocument: string }
    const document = Buffer.from(AttestationDocument, 'base64')
    const publicKey = publicKeyOf(document)
    const bound = JSON.stringify([request['KeyId'], request['EncryptionContext']])
    if (operation === 'GenerateDataKey') keys.push({ key: randomBytes(32), bound })
    const blob = operation === 'Decrypt' ? Buffer.from(String(request['CiphertextBlob']), 'base64') : null
    const kept = keys[blob === null ? keys.length - 1 : blob.readUInt32BE()]
    if (!kept || kept.bound !== bound) throw new Error('FAKE KMS: InvalidCiphertextException')
    const made = Buffer.alloc(4)
    made.writeUInt32BE(keys.length - 1)
    const answer = {
      KeyId: request['KeyId'],
      CiphertextForRecipient: envelope(kept.key, publicKey, { indefinite }).toString('base64'),
      ...(blob === null ? { CiphertextBlob: made.toString('base64') } : {}),
    }
    return alter(answer, publicKey)
  }
  return { transport, requests }
}

/** The document's `public_key`: payload is the third of the COSE_Sign1 parts. */
export function publicKeyOf(document: Uint8Array): Uint8Array {
  const sign1 = readCbor(document, { indefiniteMaps: true })
  const payload = Array.isArray(sign1) ? (sign1[2] as unknown) : undefined
  const claims = payload instanceof Uint8Array ? readCbor(payload, { indefiniteMaps: true }) : undefined
  const publicKey = claims !== undefined && isCborMap(claims) ? claims.get('public_key') : undefined
  if (publicKey instanceof Uint8Array) return publicKey
  throw new Error('FAKE KMS: the document has no public key')
}
