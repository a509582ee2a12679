import { sha256 } from '@noble/hashes/sha2.js'
import { decodeBase64Url, encodeBase64Url } from '../bytes/base64.ts'
import { concat } from '../bytes/octets.ts'
import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts'
import { ProtocolError } from '../errors.ts'
import { type Fail, Members } from '../json/members.ts'
import { type Json, readJson } from '../json/read-json.ts'
import { SIGNATURE_SIZES } from '../signatures.ts'

export const STATEMENT_TYPE = 'perf-cert+sd-jwt'

export type StatementAlgorithm = 'Ed25519' | 'ML-DSA-65'

/** JWS General JSON (RFC 7515 section 7.2.1) as it stands in the file; nothing of it is verified. */
export interface Statement {
  /** base64url of the claims' JSON. */
  readonly payload: string
  readonly signatures: readonly StatementSignature[]
}

export interface StatementSignature {
  /** base64url of the protected header's JSON. */
  readonly protected: string
  readonly signature: string
}

/** One signature, taken apart and ready to be checked; still unverified. */
export interface UnverifiedSignature {
  readonly algorithm: StatementAlgorithm
  /** base64url SHA-256 of the raw public key that is said to have signed. */
  readonly keyId: string
  /** The bytes that were signed. */
  readonly input: Uint8Array
  readonly signature: Uint8Array
}

export interface UnverifiedStatement {
  /** The claims' JSON in UTF-8. */
  readonly payload: Uint8Array
  readonly ed25519: UnverifiedSignature
  readonly mlDsa65: UnverifiedSignature
}

/** The private halves stay where they are: the enclave's key store implements this. */
export interface StatementSigner {
  /** Raw public keys; their digests become the `kid`s. */
  readonly publicKeys: { readonly ed25519: Uint8Array; readonly mlDsa65: Uint8Array }
  /** RFC 8032 Ed25519: 64 bytes. */
  ed25519(message: Uint8Array): Promise<Uint8Array> | Uint8Array
  /** FIPS 204 ML-DSA-65, pure, empty context: 3,309 bytes. */
  mlDsa65(message: Uint8Array): Promise<Uint8Array> | Uint8Array
}

/** Signs payload bytes with both algorithms; there is no certificate with one. */
export async function signStatement(payload: Uint8Array, signer: StatementSigner): Promise<Statement> {
  const encoded = encodeBase64Url(payload)
  const ascii = encodeUtf8(encoded)
  const ed25519 = protectedHeader('Ed25519', keyId(signer.publicKeys.ed25519))
  const mlDsa65 = protectedHeader('ML-DSA-65', keyId(signer.publicKeys.mlDsa65))
  return {
    payload: encoded,
    signatures: [
      { protected: ed25519, signature: encodeBase64Url(await signer.ed25519(signingInput(ed25519, ascii))) },
      { protected: mlDsa65, signature: encodeBase64Url(await signer.mlDsa65(signingInput(mlDsa65, ascii))) },
    ],
  }
}

/**
 * Takes a statement apart, strictly: two signatures, Ed25519 then ML-DSA-65 (`statement_signatures`), each header
 * exactly the bytes {@link signStatement} writes (`statement_header`, whatever is wrong with it), each signature strict
 * base64url (`invalid_base64`) of its algorithm's length (`statement_signature_length`). One form only, so a stripped or swapped signature is not a smaller valid statement.
 */
export function parseStatement(statement: Statement): UnverifiedStatement {
  const [first, second, ...rest] = statement.signatures
  if (first === undefined || second === undefined || rest.length > 0) {
    throw new ProtocolError('statement_signatures', 'exactly two signatures are required')
  }
  const payload = decodeBase64Url(statement.payload)
  const ascii = encodeUtf8(statement.payload)
  return {
    payload,
    ed25519: parseSignature(first, 'Ed25519', ascii, SIGNATURE_SIZES.ed25519.signature),
    mlDsa65: parseSignature(second, 'ML-DSA-65', ascii, SIGNATURE_SIZES.mlDsa65.signature),
  }
}

/** `kid` of a raw public key: base64url of its SHA-256. */
export function keyId(publicKey: Uint8Array): string {
  return encodeBase64Url(sha256(publicKey))
}

/** RFC 7515 section 5.1: `ASCII(protected) ‖ "." ‖ ASCII(payload)`. */
function signingInput(header: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(encodeUtf8(`${header}.`), payload)
}

function protectedHeader(algorithm: StatementAlgorithm, kid: string): string {
  return encodeBase64Url(encodeUtf8(JSON.stringify({ alg: algorithm, kid, typ: STATEMENT_TYPE })))
}

function parseSignature(
  part: StatementSignature,
  algorithm: StatementAlgorithm,
  payload: Uint8Array,
  length: number,
): UnverifiedSignature {
  const header = readHeader(part.protected, algorithm)
  const named = header.string('alg')
  if (named !== algorithm) {
    throw new ProtocolError('statement_signatures', 'the signatures must be Ed25519, then ML-DSA-65')
  }
  const kid = header.string('kid', KEY_ID)
  // Rebuilding the header and comparing leaves no room for another member, another order or another spelling.
  if (protectedHeader(algorithm, kid) !== part.protected) {
    throw new ProtocolError('statement_header', `${algorithm}: the protected header must be exactly alg, kid, typ`)
  }
  const signature = decodeBase64Url(part.signature)
  if (signature.length !== length) {
    throw new ProtocolError('statement_signature_length', `${algorithm}: a signature has ${length} bytes`)
  }
  return { algorithm, keyId: kid, input: signingInput(part.protected, payload), signature }
}

/** base64url of 32 bytes: 43 characters, the last one with two zero bits. */
const KEY_ID = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

function readHeader(part: string, algorithm: StatementAlgorithm): Members {
  let json: Json
  try {
    json = readJson(decodeUtf8(decodeBase64Url(part)), 1)
  } catch (cause) {
    throw new ProtocolError('statement_header', `${algorithm}: the protected header is not base64url of JSON`, {
      cause,
    })
  }
  return new Members(json, algorithm, fail)
}

const fail: Fail = (_why, path, expected) =>
  new ProtocolError('statement_header', `protected header, ${path}: ${expected}`)
