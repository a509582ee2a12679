/** The port over OpenSSL: another implementation than the one the client ships, so that tests have two. */
import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Mathematics, PublicKey, SignatureScheme } from '../src/index.ts'

export const mathematics: Mathematics = {
  digest: async (algorithm, bytes) => new Uint8Array(createHash(algorithm).update(bytes).digest()),
  async verifySignature(scheme, key, message, signature) {
    try {
      const object = readKey(scheme, key)
      switch (scheme) {
        case 'ed25519':
          return verify(null, message, object, signature)
        case 'ecdsa-p256-sha256':
          return verify('sha256', message, { key: object, dsaEncoding: 'ieee-p1363' }, signature)
        case 'ecdsa-p384-sha384':
          return verify('sha384', message, { key: object, dsaEncoding: 'ieee-p1363' }, signature)
        case 'rsa-pss-sha384':
          return verify(
            'sha384',
            message,
            { key: object, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 },
            signature,
          )
        case 'rsa-pkcs1-sha256':
          return verify('sha256', message, { key: object, padding: constants.RSA_PKCS1_PADDING }, signature)
      }
    } catch {
      return false
    }
  },
}

/** SubjectPublicKeyInfo before an uncompressed point (RFC 5480) or a raw key (RFC 8410). */
const PREFIX: Partial<Record<SignatureScheme, string>> = {
  ed25519: '302a300506032b6570032100',
  'ecdsa-p256-sha256': '3059301306072a8648ce3d020106082a8648ce3d030107034200',
  'ecdsa-p384-sha384': '3076301006072a8648ce3d020106052b81040022036200',
}

const KIND: Record<SignatureScheme, readonly [type: string, curve?: string]> = {
  ed25519: ['ed25519'],
  'ecdsa-p256-sha256': ['ec', 'prime256v1'],
  'ecdsa-p384-sha384': ['ec', 'secp384r1'],
  'rsa-pss-sha384': ['rsa'],
  'rsa-pkcs1-sha256': ['rsa'],
}

function readKey(scheme: SignatureScheme, { form, bytes }: PublicKey): KeyObject {
  const prefix = form === 'raw' ? Buffer.from(PREFIX[scheme] ?? '', 'hex') : Buffer.alloc(0)
  const key = createPublicKey({ key: Buffer.concat([prefix, bytes]), format: 'der', type: 'spki' })
  const [type, curve] = KIND[scheme]
  if (key.asymmetricKeyType !== type || key.asymmetricKeyDetails?.namedCurve !== curve)
    throw new TypeError('another key')
  return key
}
