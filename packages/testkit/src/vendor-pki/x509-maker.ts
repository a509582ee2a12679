/**
 * X.509 certificates and revocation lists of vendors that do not exist, for what no real vendor publishes: revoked keys, expired
 * chains, CAs that may not be ones. A genuine one needs no option but names and times; each option makes one thing wrong.
 */
import { der } from './der-writer.ts'
import {
  algorithmIdentifier,
  defaultScheme,
  keyIdentifier,
  signWith,
  type VendorKey,
  type VendorScheme,
} from './keys.ts'

/** Bit numbers of RFC 5280 section 4.2.1.3. */
export const KEY_USAGES = { digitalSignature: 0, keyCertSign: 5, crlSign: 6 } as const

export interface MadeExtension {
  readonly oid: string
  readonly isCritical?: boolean
  /** What stands inside `extnValue`, DER where the extension is. */
  readonly value: Uint8Array
}

export interface CertificateOptions {
  readonly subject: string
  readonly key: VendorKey
  /** Left out: the certificate signs itself. */
  readonly issuer?: MadeX509
  /** Seconds since 1970 */
  readonly notBefore: number
  readonly notAfter: number
  /** A CA, and how many CAs below it; left out: a leaf. */
  readonly ca?: { readonly pathLength?: number }
  /** Key usage bits; `null` leaves the extension out. By default as {@link ca} demands. */
  readonly keyUsage?: readonly number[] | null
  /** Leaves basic constraints out, as AMD's VCEKs do. */
  readonly withoutBasicConstraints?: boolean
  /** Leaves both key identifiers out, as AMD and Nitro leaves do. */
  readonly withoutKeyIds?: boolean
  readonly extensions?: readonly MadeExtension[]
  readonly crlUris?: readonly string[]
  readonly serial?: number | Uint8Array
  readonly scheme?: VendorScheme
  /** Names this issuer instead of the one that signs. */
  readonly issuerName?: Uint8Array
  /** Names this key instead of the issuer's. */
  readonly authorityKeyId?: Uint8Array
  /** Signs with this key instead of the issuer's. */
  readonly signer?: VendorKey
  /** Version minus one; 2 by default. */
  readonly version?: number
}

export interface MadeX509 {
  readonly der: Uint8Array
  readonly key: VendorKey
  /** The Name, DER */
  readonly name: Uint8Array
  /** Content of the serial number's INTEGER */
  readonly serial: Uint8Array
}

let nextSerial = 0x1000

/** Name of one common name. */
export function makeName(commonName: string): Uint8Array {
  return der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.utf8(commonName))))
}

export function makeCertificate(options: CertificateOptions): MadeX509 {
  const { subject, key, issuer, notBefore, notAfter, version = 2 } = options
  const name = makeName(subject)
  const signer = options.signer ?? issuer?.key ?? key
  const scheme = options.scheme ?? defaultScheme(signer)
  const serial = der.integer(options.serial ?? nextSerial++)
  const body = der.sequence(
    der.explicit(0, der.integer(version)),
    serial,
    algorithmIdentifier(scheme),
    options.issuerName ?? issuer?.name ?? name,
    der.sequence(der.time(notBefore), der.time(notAfter)),
    name,
    key.spki,
    der.explicit(3, der.sequence(...extensionsOf(options).map(encodeExtension))),
  )
  return { der: signed(body, signer, scheme), key, name, serial: serial.slice(2) }
}

function extensionsOf(options: CertificateOptions): readonly MadeExtension[] {
  const { key, issuer, ca, keyUsage, crlUris = [], extensions = [] } = options
  const bits = keyUsage ?? (ca ? [KEY_USAGES.keyCertSign, KEY_USAGES.crlSign] : [KEY_USAGES.digitalSignature])
  const pathLength = ca?.pathLength === undefined ? [] : [der.integer(ca.pathLength)]
  const constraints = der.sequence(...(ca ? [der.boolean(true), ...pathLength] : []))
  const authorityKeyId = options.authorityKeyId ?? keyIdentifier(issuer?.key ?? key)
  return [
    ...(options.withoutBasicConstraints ? [] : [{ oid: '2.5.29.19', isCritical: true, value: constraints }]),
    ...(keyUsage === null ? [] : [{ oid: '2.5.29.15', isCritical: true, value: der.namedBits(...bits) }]),
    ...(options.withoutKeyIds
      ? []
      : [
          { oid: '2.5.29.14', value: der.octets(keyIdentifier(key)) },
          { oid: '2.5.29.35', value: der.sequence(der.implicit(0, authorityKeyId)) },
        ]),
    ...(crlUris.length === 0 ? [] : [{ oid: '2.5.29.31', value: der.sequence(...crlUris.map(distributionPoint)) }]),
    ...extensions,
  ]
}

function distributionPoint(uri: string): Uint8Array {
  return der.sequence(der.explicit(0, der.explicit(0, der.implicit(6, Buffer.from(uri, 'latin1')))))
}

export interface CrlOptions {
  readonly issuer: MadeX509
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** Serials of the certificates revoked. */
  readonly revoked?: readonly Uint8Array[]
  readonly entryExtensions?: readonly MadeExtension[]
  readonly extensions?: readonly MadeExtension[]
  readonly scheme?: VendorScheme
  readonly issuerName?: Uint8Array
  readonly signer?: VendorKey
  /** Version minus one; 1 by default. */
  readonly version?: number
  /** Not even a number and a key id. */
  readonly withoutExtensions?: true
}

/** A revocation list, DER. */
export function makeCrl(options: CrlOptions): Uint8Array {
  const { issuer, thisUpdate, nextUpdate, revoked = [], entryExtensions = [], extensions = [], version = 1 } = options
  const signer = options.signer ?? issuer.key
  const scheme = options.scheme ?? defaultScheme(signer)
  const entries = revoked.map((serial) =>
    der.sequence(
      der.integer(serial),
      der.time(thisUpdate),
      ...(entryExtensions.length === 0 ? [] : [der.sequence(...entryExtensions.map(encodeExtension))]),
    ),
  )
  const own: readonly MadeExtension[] = [
    { oid: '2.5.29.35', value: der.sequence(der.implicit(0, keyIdentifier(issuer.key))) },
    { oid: '2.5.29.20', value: der.integer(1) },
    ...extensions,
  ]
  const body = der.sequence(
    der.integer(version),
    algorithmIdentifier(scheme),
    options.issuerName ?? issuer.name,
    der.time(thisUpdate),
    der.time(nextUpdate),
    ...(entries.length === 0 ? [] : [der.sequence(...entries)]),
    ...(options.withoutExtensions ? [] : [der.explicit(0, der.sequence(...own.map(encodeExtension)))]),
  )
  return signed(body, signer, scheme)
}

function signed(body: Uint8Array, signer: VendorKey, scheme: VendorScheme): Uint8Array {
  return der.sequence(body, algorithmIdentifier(scheme), der.bits(signWith(signer, scheme, body, 'der')))
}

function encodeExtension({ oid, isCritical = false, value }: MadeExtension): Uint8Array {
  return der.sequence(der.oid(oid), ...(isCritical ? [der.boolean(true)] : []), der.octets(value))
}
