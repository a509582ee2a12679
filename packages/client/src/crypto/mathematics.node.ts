/** The attestation engine's cryptography by OpenSSL, through node:crypto. Selected by the `node` condition of `#mathematics`. */
import { constants, createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import type { Mathematics, PublicKey, SignatureScheme } from '@perf-aggregator/attestation'
import { isKeyOf } from './key-form.ts'

interface Scheme {
  readonly digest: 'sha256' | 'sha384' | null
  /** What the key has to be, whatever its bytes say it is. */
  readonly key: readonly [type: string, curve?: string]
  readonly options: { readonly dsaEncoding: 'ieee-p1363' } | { readonly padding: number; readonly saltLength?: number }
  /** DER of SubjectPublicKeyInfo before a raw key (RFC 5480 section 2, RFC 8410 section 4); null: no raw form. */
  readonly prefix: Buffer | null
  /** Bytes of a signature of fixed length. */
  readonly length: number | null
  /** Whether a verification takes long enough for another thread, to which the way and back takes about 0.05 ms. */
  readonly isSlow: boolean
}

const EC = { dsaEncoding: 'ieee-p1363' } as const

const SCHEMES: Readonly<Record<SignatureScheme, Scheme>> = {
  ed25519: {
    digest: null,
    key: ['ed25519'],
    options: EC,
    prefix: Buffer.from('302a300506032b6570032100', 'hex'),
    length: 64,
    isSlow: false,
  },
  'ecdsa-p256-sha256': {
    digest: 'sha256',
    key: ['ec', 'prime256v1'],
    options: EC,
    prefix: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
    length: 64,
    isSlow: false,
  },
  'ecdsa-p384-sha384': {
    digest: 'sha384',
    key: ['ec', 'secp384r1'],
    options: EC,
    prefix: Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex'),
    length: 96,
    isSlow: true,
  },
  'rsa-pss-sha384': {
    digest: 'sha384',
    key: ['rsa'],
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 },
    prefix: null,
    length: null,
    isSlow: false,
  },
  'rsa-pkcs1-sha256': {
    digest: 'sha256',
    key: ['rsa'],
    options: { padding: constants.RSA_PKCS1_PADDING },
    prefix: null,
    length: null,
    isSlow: false,
  },
}

export const mathematics: Mathematics = {
  digest: async (algorithm, bytes) => new Uint8Array(hash(algorithm, bytes, 'buffer')),
  async verifySignature(scheme, given, message, signature) {
    const { digest, options, length, isSlow } = SCHEMES[scheme]
    if (length !== null && signature.length !== length) return false
    const key = importKey(scheme, given)
    if (key === null) return false
    if (!isSlow) return verify(digest, message, { key, ...options }, signature)
    return await new Promise((resolve, reject) => {
      verify(digest, message, { key, ...options }, signature, (error, holds) =>
        error === null ? resolve(holds) : reject(error),
      )
    })
  },
}

/**
 * Keys imported before, by scheme and bytes, the oldest first: vendors' CA keys come back with every verification. Public keys
 * only; owned by {@link importKey}.
 */
const imported = new Map<string, KeyObject | null>()
const MOST_IMPORTED = 64

/** Null for bytes that are no key of the scheme. */
function importKey(scheme: SignatureScheme, { form, bytes }: PublicKey): KeyObject | null {
  const name = `${scheme} ${form} ${Buffer.from(bytes).toString('latin1')}`
  const known = imported.get(name)
  if (known !== undefined) return known
  const key = isKeyOf(scheme, { form, bytes }) ? readKey(SCHEMES[scheme], form, bytes) : null
  const [oldest] = imported.keys()
  if (imported.size >= MOST_IMPORTED && oldest !== undefined) imported.delete(oldest)
  imported.set(name, key)
  return key
}

function readKey({ key: [type, curve], prefix }: Scheme, form: PublicKey['form'], bytes: Uint8Array): KeyObject | null {
  try {
    const der = form === 'raw' && prefix ? Buffer.concat([prefix, bytes]) : Buffer.from(bytes)
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    const isOfScheme = key.asymmetricKeyType === type && key.asymmetricKeyDetails?.namedCurve === curve
    return isOfScheme ? key : null
  } catch {
    return null
  }
}
