import { encodeBase64Url } from '@perf-aggregator/protocol'
import { localError } from '../errors.ts'

/** An Ed25519 private key, RFC 8037. */
export interface PrivateJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly d: string
}

/** The key a session is bound to. Its private half stays in WebCrypto. */
export interface ClientKey {
  /** 32 bytes */
  readonly publicKey: Uint8Array
  readonly extractable: boolean
  /** RFC 8032 Ed25519, 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>
  /** Rejects with `key_not_extractable` unless the key was made extractable. */
  exportPrivate(): Promise<PrivateJwk>
}

/**
 * @param extractable whether {@link ClientKey.exportPrivate} may give the private half away, so that another program can
 *   go on with the session. False by default: then it cannot leave this process, in a browser this origin.
 */
export async function generateClientKey({ extractable = false } = {}): Promise<ClientKey> {
  const pair = await crypto.subtle.generateKey('Ed25519', extractable, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError('WebCrypto made one key where Ed25519 has two')
  return clientKey(pair.privateKey, new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)))
}

/** Inverse of {@link ClientKey.exportPrivate}; the imported key is extractable again. Rejects with `invalid_options`. */
export async function importClientKey(jwk: PrivateJwk): Promise<ClientKey> {
  try {
    const { kty, crv, x, d } = jwk
    const privateKey = await crypto.subtle.importKey('jwk', { kty, crv, x, d }, 'Ed25519', true, ['sign'])
    const publicKey = await crypto.subtle.importKey('jwk', { kty, crv, x }, 'Ed25519', true, ['verify'])
    return clientKey(privateKey, new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)))
  } catch (cause) {
    throw localError('invalid_options', 'not an Ed25519 private key', cause)
  }
}

function clientKey(privateKey: CryptoKey, publicKey: Uint8Array): ClientKey {
  return {
    publicKey,
    extractable: privateKey.extractable,
    async sign(message) {
      return new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, new Uint8Array(message)))
    },
    async exportPrivate() {
      if (!privateKey.extractable) throw localError('key_not_extractable', 'this key was not made to be exported')
      const { d } = await crypto.subtle.exportKey('jwk', privateKey)
      if (d === undefined) throw new TypeError('WebCrypto exported no private key')
      return { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(publicKey), d }
    },
  }
}
