/**
 * What the evidence's report data commits to (requirement A2): every public key a client will rely on,
 * and the release, in one domain-separated hash that is the same on every TEE. `docs/protocol.md` section 1.
 */
import {
  type Bytes,
  concat,
  copyBytes,
  decodeBase64,
  decodeBase64Url,
  decodeHex,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
  encodeUtf8,
  u32,
  u64,
} from './bytes/index.ts'
import { AttestationError } from './errors.ts'
import { bytesField, countField, type FieldReader, readFields, textField } from './fields.ts'
import { isLogOrigin } from './log-origin.ts'
import type { Mathematics } from './mathematics.ts'

export const BINDING_TAG = 'perf-aggregator/attest/v1'

export interface Binding {
  /** 32 to 64 bytes chosen by the client; the enclave's own at boot for the evidence in certificates. */
  readonly nonce: Uint8Array
  /** 32 bytes */
  readonly hpkeX25519: Uint8Array
  /** 1,216 bytes: ML-KEM-768 encapsulation key, then X25519 */
  readonly hpkeXWing: Uint8Array
  /** 32 bytes */
  readonly signEd25519: Uint8Array
  /** 1,952 bytes */
  readonly signMlDsa65: Uint8Array
  /** SHA-256 of the TLS key's SPKI, or empty where TLS does not end in the enclave */
  readonly tlsKeySha256: Uint8Array
  /** SHA-256 release digest: the digest of the measured set, 32 bytes */
  readonly release: Uint8Array
  /** 1 to 255 bytes of UTF-8 */
  readonly logOrigin: string
  readonly keyEpoch: number
  /** Seconds since 1970, UTC: the keys must not be used after it */
  readonly notAfter: number
}

/** The JSON form, field for field as on the wire and in certificates. */
export interface BindingJson {
  readonly nonce: string
  readonly hpke_x25519: string
  readonly hpke_xwing: string
  readonly sign_ed25519: string
  readonly sign_mldsa65: string
  readonly tls_key_sha256: string
  readonly release: string
  readonly log_origin: string
  readonly key_epoch: number
  readonly not_after: number
}

/** Accepted lengths in bytes, [least, most]. */
export const BINDING_SIZES = {
  nonce: [32, 64],
  hpkeX25519: [32, 32],
  hpkeXWing: [1216, 1216],
  signEd25519: [32, 32],
  signMlDsa65: [1952, 1952],
  release: [32, 32],
} as const

/**
 * The exact bytes that are hashed: the tag, then each field in order behind its length, so that no two bindings
 * encode alike. `field_malformed` when a field has not its size or form.
 */
export function encodeBinding(binding: Binding): Bytes {
  const tls = binding.tlsKeySha256.length
  if (tls !== 0 && tls !== 32)
    throw new AttestationError('field_malformed', 'tlsKeySha256 of a binding has not its size')
  let numbers: readonly Uint8Array[]
  let origin: Uint8Array
  try {
    numbers = [u64(binding.keyEpoch), u64(binding.notAfter)]
    origin = encodeUtf8(named(binding.logOrigin))
  } catch (cause) {
    throw new AttestationError('field_malformed', 'a number or the origin of a binding cannot be encoded', { cause })
  }
  const fields = [
    sized('nonce', binding.nonce),
    sized('hpkeX25519', binding.hpkeX25519),
    sized('hpkeXWing', binding.hpkeXWing),
    sized('signEd25519', binding.signEd25519),
    sized('signMlDsa65', binding.signMlDsa65),
    binding.tlsKeySha256,
    sized('release', binding.release),
    origin,
    ...numbers,
  ]
  return concat(encodeUtf8(BINDING_TAG), ...fields.flatMap((field) => [u32(field.length), field]))
}

/** The 64 bytes the evidence must carry as its report data. */
export async function reportData(binding: Binding, mathematics: Pick<Mathematics, 'digest'>): Promise<Uint8Array> {
  return mathematics.digest('sha512', encodeBinding(binding))
}

/** A frozen copy over memory of its own, which nobody else can alter. */
export function copyBinding(binding: Binding): Binding {
  return Object.freeze({
    nonce: copyBytes(binding.nonce),
    hpkeX25519: copyBytes(binding.hpkeX25519),
    hpkeXWing: copyBytes(binding.hpkeXWing),
    signEd25519: copyBytes(binding.signEd25519),
    signMlDsa65: copyBytes(binding.signMlDsa65),
    tlsKeySha256: copyBytes(binding.tlsKeySha256),
    release: copyBytes(binding.release),
    logOrigin: binding.logOrigin,
    keyEpoch: binding.keyEpoch,
    notAfter: binding.notAfter,
  })
}

export function bindingToJson(binding: Binding): BindingJson {
  return {
    nonce: encodeBase64Url(binding.nonce),
    hpke_x25519: encodeBase64(binding.hpkeX25519),
    hpke_xwing: encodeBase64(binding.hpkeXWing),
    sign_ed25519: encodeBase64(binding.signEd25519),
    sign_mldsa65: encodeBase64(binding.signMlDsa65),
    tls_key_sha256: encodeHex(binding.tlsKeySha256),
    release: encodeHex(binding.release),
    log_origin: binding.logOrigin,
    key_epoch: binding.keyEpoch,
    not_after: binding.notAfter,
  }
}

/** Strict inverse of {@link bindingToJson}: `field_missing`, `field_unknown`, `field_malformed`. */
export function bindingFromJson(json: unknown): Binding {
  const fields = readFields('binding', json, BINDING_FIELDS)
  return {
    nonce: fields.nonce,
    hpkeX25519: fields.hpke_x25519,
    hpkeXWing: fields.hpke_xwing,
    signEd25519: fields.sign_ed25519,
    signMlDsa65: fields.sign_mldsa65,
    tlsKeySha256: fields.tls_key_sha256,
    release: fields.release,
    logOrigin: fields.log_origin,
    keyEpoch: fields.key_epoch,
    notAfter: fields.not_after,
  }
}

const origin: FieldReader<string> = (value) => named(textField(value))

const tlsKeyHash: FieldReader<Uint8Array> = (value) =>
  value === '' ? new Uint8Array(0) : bytesField(decodeHex, 32)(value)

const BINDING_FIELDS = {
  nonce: bytesField(decodeBase64Url, ...BINDING_SIZES.nonce),
  hpke_x25519: bytesField(decodeBase64, ...BINDING_SIZES.hpkeX25519),
  hpke_xwing: bytesField(decodeBase64, ...BINDING_SIZES.hpkeXWing),
  sign_ed25519: bytesField(decodeBase64, ...BINDING_SIZES.signEd25519),
  sign_mldsa65: bytesField(decodeBase64, ...BINDING_SIZES.signMlDsa65),
  tls_key_sha256: tlsKeyHash,
  release: bytesField(decodeHex, ...BINDING_SIZES.release),
  log_origin: origin,
  key_epoch: countField,
  not_after: countField,
} as const

function named(origin: string): string {
  if (!isLogOrigin(origin)) throw new AttestationError('field_malformed', 'logOrigin of a binding is no name of a log')
  return origin
}

function sized(name: keyof typeof BINDING_SIZES, bytes: Uint8Array): Uint8Array {
  const [least, most] = BINDING_SIZES[name]
  if (bytes.length < least || bytes.length > most) {
    throw new AttestationError('field_malformed', `${name} of a binding has not its size`)
  }
  return bytes
}
