import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { der } from './der-writer.ts'

export type VendorKeyKind = 'p256' | 'p384' | 'rsa2048' | 'rsa4096'

/** A key of a vendor of ours, which no verifier knows. */
export interface VendorKey {
  readonly kind: VendorKeyKind
  readonly privateKey: KeyObject
  /** SubjectPublicKeyInfo, DER */
  readonly spki: Uint8Array
  /** What stands inside it: an uncompressed point, or an RSAPublicKey. */
  readonly publicBits: Uint8Array
}

export type VendorScheme = 'ecdsa-p256-sha256' | 'ecdsa-p384-sha384' | 'rsa-pss-sha384' | 'rsa-pkcs1-sha256'

const made = new Map<string, VendorKey>()

/** A key by name: the same name is the same key within one process, because RSA keys take long to make. */
export function vendorKey(kind: VendorKeyKind, name: string): VendorKey {
  const known = made.get(`${kind} ${name}`)
  if (known) return known
  const key = makeKey(kind)
  made.set(`${kind} ${name}`, key)
  return key
}

function makeKey(kind: VendorKeyKind): VendorKey {
  const { privateKey, publicKey } =
    kind === 'p256' || kind === 'p384'
      ? generateKeyPairSync('ec', { namedCurve: kind === 'p256' ? 'prime256v1' : 'secp384r1' })
      : generateKeyPairSync('rsa', { modulusLength: kind === 'rsa2048' ? 2048 : 4096 })
  const spki = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }))
  const size = kind === 'p256' ? 65 : 97
  const publicBits =
    kind === 'p256' || kind === 'p384'
      ? spki.slice(-size)
      : new Uint8Array(publicKey.export({ format: 'der', type: 'pkcs1' }))
  return { kind, privateKey, spki, publicBits }
}

/** How certificates are signed with a key when nothing else is asked: as the vendors do. */
export function defaultScheme({ kind }: VendorKey): VendorScheme {
  return kind === 'p256' ? 'ecdsa-p256-sha256' : kind === 'p384' ? 'ecdsa-p384-sha384' : 'rsa-pss-sha384'
}

const sha384 = (): Uint8Array => der.sequence(der.oid('2.16.840.1.101.3.4.2.2'), der.null())

/** AlgorithmIdentifier of a scheme, DER. */
export function algorithmIdentifier(scheme: VendorScheme): Uint8Array {
  switch (scheme) {
    case 'ecdsa-p256-sha256':
      return der.sequence(der.oid('1.2.840.10045.4.3.2'))
    case 'ecdsa-p384-sha384':
      return der.sequence(der.oid('1.2.840.10045.4.3.3'))
    case 'rsa-pkcs1-sha256':
      return der.sequence(der.oid('1.2.840.113549.1.1.11'), der.null())
    case 'rsa-pss-sha384':
      return der.sequence(
        der.oid('1.2.840.113549.1.1.10'),
        der.sequence(
          der.explicit(0, sha384()),
          der.explicit(1, der.sequence(der.oid('1.2.840.113549.1.1.8'), sha384())),
          der.explicit(2, der.integer(48)),
        ),
      )
  }
}

/** A signature: of ECDSA as r‖s (quotes, COSE) or DER (X.509), of RSA as it is. */
export function signWith(
  { privateKey }: VendorKey,
  scheme: VendorScheme,
  message: Uint8Array,
  ecdsa: 'raw' | 'der' = 'raw',
): Uint8Array {
  const dsaEncoding = ecdsa === 'raw' ? 'ieee-p1363' : 'der'
  switch (scheme) {
    case 'ecdsa-p256-sha256':
      return new Uint8Array(sign('sha256', message, { key: privateKey, dsaEncoding }))
    case 'ecdsa-p384-sha384':
      return new Uint8Array(sign('sha384', message, { key: privateKey, dsaEncoding }))
    case 'rsa-pkcs1-sha256':
      return new Uint8Array(sign('sha256', message, privateKey))
    case 'rsa-pss-sha384':
      return new Uint8Array(
        sign('sha384', message, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }),
      )
  }
}

/** RFC 5280 section 4.2.1.2, method 1. */
export function keyIdentifier({ publicBits }: VendorKey): Uint8Array {
  return new Uint8Array(createHash('sha1').update(publicBits).digest())
}

/** SHA-256 in hexadecimal, as roots are pinned. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
