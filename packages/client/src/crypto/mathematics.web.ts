import type { DigestAlgorithm, Mathematics, PublicKey, SignatureScheme } from '@perf-aggregator/attestation'
import { isKeyOf } from './key-form.ts'
import { signatures } from './signatures.web.ts'

const DIGESTS: Readonly<Record<DigestAlgorithm, string>> = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' }

type WebScheme = Exclude<SignatureScheme, 'ed25519'>

/** WebCrypto's names: how the key is imported, and how a signature is verified. */
const SCHEMES: Readonly<Record<WebScheme, { readonly key: object; readonly signature: object }>> = {
  'ecdsa-p256-sha256': {
    key: { name: 'ECDSA', namedCurve: 'P-256' },
    signature: { name: 'ECDSA', hash: 'SHA-256' },
  },
  'ecdsa-p384-sha384': {
    key: { name: 'ECDSA', namedCurve: 'P-384' },
    signature: { name: 'ECDSA', hash: 'SHA-384' },
  },
  'rsa-pss-sha384': { key: { name: 'RSA-PSS', hash: 'SHA-384' }, signature: { name: 'RSA-PSS', saltLength: 48 } },
  'rsa-pkcs1-sha256': {
    key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    signature: { name: 'RSASSA-PKCS1-v1_5' },
  },
}

/** What the attestation engine needs, from WebCrypto. Selected by the `default` condition of `#mathematics`. */
export const mathematics: Mathematics = {
  async digest(algorithm, bytes) {
    return new Uint8Array(await crypto.subtle.digest(DIGESTS[algorithm], new Uint8Array(bytes)))
  },
  async verifySignature(scheme, key, message, signature) {
    if (scheme === 'ed25519') return key.form === 'raw' && signatures.ed25519(key.bytes, message, signature)
    const verifier = await importKey(scheme, key)
    if (verifier === null) return false
    const { signature: algorithm } = SCHEMES[scheme]
    return crypto.subtle.verify(
      algorithm as { name: string },
      verifier,
      new Uint8Array(signature),
      new Uint8Array(message),
    )
  },
}

/**
 * Keys imported before, by scheme and bytes, the oldest first: vendors' CA keys come back with every verification. Public keys
 * only; owned by {@link importKey}.
 */
const imported = new Map<string, Promise<CryptoKey | null>>()
const MOST_IMPORTED = 64

/** Null for bytes that are no key of the scheme. */
async function importKey(scheme: WebScheme, { form, bytes }: PublicKey): Promise<CryptoKey | null> {
  // Each byte one character: a key has a few hundred, and this is looked up for every signature.
  const name = `${scheme} ${form} ${String.fromCharCode(...bytes)}`
  const known = imported.get(name)
  if (known) return known
  if (!isKeyOf(scheme, { form, bytes })) return null
  const algorithm = SCHEMES[scheme].key as { name: string }
  const key = crypto.subtle.importKey(form, new Uint8Array(bytes), algorithm, false, ['verify']).catch(() => null)
  const [oldest] = imported.keys()
  if (imported.size >= MOST_IMPORTED && oldest !== undefined) imported.delete(oldest)
  imported.set(name, key)
  return key
}
