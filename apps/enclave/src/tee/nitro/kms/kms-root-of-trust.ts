import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { EnclaveError } from '../../../errors.ts'
import type { Random } from '../../../ports/random.ts'
import type { RootOfTrust } from '../../../ports/root-of-trust.ts'
import { isSealedBlob, openBlob, sealBlob } from '../../sealed-blob.ts'
import { openEnvelope } from './cms.ts'

/**
 * Sends one request to AWS KMS and returns its JSON answer, signed and over TLS that ends in this process and checks the name of KMS:
 * anybody can encrypt to the public key of an attestation document, so that a transport that lets the host answer in place of KMS
 * lets it choose the key that {@link KmsRootOfTrust.seal} seals under.
 */
export type KmsTransport = (
  operation: 'GenerateDataKey' | 'Decrypt',
  request: Readonly<Record<string, unknown>>,
) => Promise<unknown>

interface KmsParts {
  /** `arn:aws:kms:…:key/…`, not an alias: whoever moves an alias would change the key. */
  readonly keyArn: string
  readonly transport: KmsTransport
  /** The attestation document of this enclave with that public key, SPKI. */
  readonly attest: (publicKey: Uint8Array) => Uint8Array
  readonly random: Random
}

const MAGIC = Buffer.from('perf-aggregator/kms-seal/v1\n')
const DATA_KEY = 32
/** KMS's own limit of a CiphertextBlob, bytes */
const MOST_BLOB = 6144
/** KMS gives a data key back only for what it was asked for with. */
const CONTEXT = { service: 'perf-aggregator', purpose: 'master-key' } as const

const makeKeyPair = promisify(generateKeyPair)

/**
 * Seals under a data key that AWS KMS gives only to an enclave whose attestation document satisfies the policy of the key
 * (`kms:RecipientAttestation:…`). The secret itself never goes to KMS. Who may change that policy, and AWS, are trusted.
 *
 * Blob: its head is magic ‖ length of the wrapped data key, u16 ‖ wrapped data key; authenticated beside it are the key's ARN and the
 * encryption context.
 */
export class KmsRootOfTrust implements RootOfTrust {
  readonly name = 'aws-kms'
  readonly #parts: KmsParts

  constructor(parts: KmsParts) {
    this.#parts = parts
  }

  async seal(secret: Uint8Array): Promise<Uint8Array> {
    const { key, wrapped } = await this.#ask('GenerateDataKey', { KeySpec: 'AES_256' })
    try {
      return sealBlob(headOf(wrapped), key, secret, this.#parts.random, this.#context())
    } finally {
      key.fill(0)
    }
  }

  /** Rejects `root_of_trust`: altered, of another key, or KMS refuses this enclave. */
  async unseal(blob: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const { headLength, wrapped } = readHead(blob)
    const { key } = await this.#ask('Decrypt', { CiphertextBlob: base64(wrapped) })
    try {
      const secret = openBlob(blob, headLength, key, this.#context())
      if (secret !== null) return secret
      throw refused('sealed under another key, or altered since')
    } finally {
      key.fill(0)
    }
  }

  async #ask(
    operation: 'GenerateDataKey' | 'Decrypt',
    fields: Readonly<Record<string, string>>,
  ): Promise<{ readonly key: Buffer; readonly wrapped: Uint8Array }> {
    const { keyArn, transport, attest } = this.#parts
    // Of one call: an envelope that was made for another call does not open.
    const { publicKey, privateKey } = await makeKeyPair('rsa', { modulusLength: 2048 })
    const document = attest(publicKey.export({ type: 'spki', format: 'der' }))
    const answer = await transport(operation, {
      ...fields,
      KeyId: keyArn,
      EncryptionContext: CONTEXT,
      Recipient: { AttestationDocument: base64(document), KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' },
    })
    return { key: this.#dataKey(answer, privateKey), wrapped: wrappedKey(operation, answer) }
  }

  #dataKey(answer: unknown, privateKey: KeyObject): Buffer<ArrayBuffer> {
    if (field(answer, 'KeyId') !== this.#parts.keyArn) throw refused('KMS answered for another key')
    if (field(answer, 'Plaintext')) throw refused('KMS answered in clear: it does not know this for an enclave')
    const key = openEnvelope(bytes(answer, 'CiphertextForRecipient'), privateKey)
    if (key.length === DATA_KEY && key.some((byte) => byte !== 0)) return key
    key.fill(0)
    throw refused('KMS gave no 256-bit key')
  }

  #context(): Uint8Array {
    return Buffer.from(JSON.stringify([this.#parts.keyArn, CONTEXT]))
  }
}

function wrappedKey(operation: string, answer: unknown): Uint8Array {
  if (operation === 'Decrypt') return new Uint8Array(0)
  const wrapped = bytes(answer, 'CiphertextBlob')
  if (wrapped.length <= MOST_BLOB) return wrapped
  throw refused('KMS wrapped a key longer than it says it does')
}

function headOf(wrapped: Uint8Array): Uint8Array {
  const head = new Uint8Array(MAGIC.length + 2 + wrapped.length)
  head.set(MAGIC)
  new DataView(head.buffer).setUint16(MAGIC.length, wrapped.length)
  head.set(wrapped, MAGIC.length + 2)
  return head
}

function readHead(blob: Uint8Array): { readonly headLength: number; readonly wrapped: Uint8Array } {
  const from = MAGIC.length + 2
  if (blob.length < from || !MAGIC.equals(blob.subarray(0, MAGIC.length))) throw refused('nothing KMS helped to seal')
  const until = from + new DataView(blob.buffer, blob.byteOffset).getUint16(MAGIC.length)
  if (until === from || until - from > MOST_BLOB || !isSealedBlob(blob, until)) throw refused('cut short')
  return { headLength: until, wrapped: blob.subarray(from, until) }
}

function field(answer: unknown, name: string): unknown {
  return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>)[name] : undefined
}

function bytes(answer: unknown, name: string): Uint8Array {
  const text = field(answer, name)
  if (typeof text === 'string' && text.length > 0 && text.length <= 32_768) {
    const read = Buffer.from(text, 'base64')
    if (read.toString('base64') === text) return read
  }
  throw refused('KMS gave no answer this enclave reads')
}

function base64(value: Uint8Array): string {
  return Buffer.from(value).toString('base64')
}

function refused(what: string): EnclaveError {
  return new EnclaveError('root_of_trust', `aws-kms: ${what}`)
}
