/** X.509 version 3 certificates (RFC 5280) of the profile TEE vendors use. What the certificate says, nothing believed yet. */

import { equalBytes } from '../bytes/index.ts'
import { context, type DerValue, oid, readDer, sequence, smallInteger, TAG, time } from '../der/index.ts'
import { AttestationError } from '../errors.ts'
import { readSerial, readSignature, readSubjectKey, type Signature, type SubjectKey } from './algorithms.ts'
import {
  type BasicConstraints,
  type Extensions,
  readAuthorityKeyId,
  readBasicConstraints,
  readDistributionPoints,
  readExtensions,
  readKeyUsage,
  readSubjectKeyId,
} from './extensions.ts'
import { OID } from './oids.ts'

export interface X509Certificate {
  readonly der: Uint8Array
  /** The bytes the issuer signed. */
  readonly signed: Uint8Array
  readonly signature: Signature
  /** Content of the INTEGER, to be compared as it stands; zero and negative ones occur and are read. */
  readonly serial: Uint8Array
  /** Names as exact DER: that is how they are compared, for the makers of a chain write them alike. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  /** Seconds since 1970, both inclusive */
  readonly notBefore: number
  readonly notAfter: number
  readonly key: SubjectKey
  readonly extensions: Extensions
  readonly basicConstraints: BasicConstraints | null
  readonly keyUsage: ReadonlySet<number> | null
  readonly subjectKeyId: Uint8Array | null
  readonly authorityKeyId: Uint8Array | null
  /** URIs */
  readonly crlDistributionPoints: readonly string[]
}

/** Bytes a certificate may have: a PCK has 1,300, an AMD root 1,700. */
const MOST = 8192

/** Reads one certificate, DER. `x509_malformed`. */
export function readCertificate(der: Uint8Array): X509Certificate {
  try {
    const [body, algorithm, signature, ...rest] = sequence(readDer(der, MOST))
    if (rest.length > 0 || body === undefined) throw new TypeError('a certificate of another form')
    return { der, signed: body.whole, signature: readSignature(algorithm, signature), ...readBody(body, algorithm) }
  } catch (cause) {
    throw new AttestationError('x509_malformed', 'not an X.509 certificate of the profile', { cause })
  }
}

function readBody(body: DerValue, outer: DerValue | undefined) {
  const [version, serial, algorithm, issuer, validity, subject, key, extensionsPart, ...rest] = sequence(body)
  // Unique identifiers, which would stand before the extensions, nobody has used since 1993.
  if (rest.length > 0 || extensionsPart?.tag !== context.constructed(3) || extensionsPart.children.length !== 1) {
    throw new TypeError('a certificate without extensions, or with more than them')
  }
  if (version?.tag !== context.constructed(0) || version.children.length !== 1) throw new TypeError('no version')
  if (smallInteger(version.children[0]) !== 2) throw new TypeError('not version 3')
  if (!algorithm || !outer || !equalBytes(algorithm.whole, outer.whole)) {
    throw new TypeError('two signature algorithms')
  }
  const [begins, ends, ...others] = sequence(validity)
  if (others.length > 0) throw new TypeError('a validity of another form')
  const extensions = readExtensions(extensionsPart.children[0])
  return {
    serial: readSerial(serial),
    issuer: readName(issuer),
    subject: readName(subject),
    notBefore: time(begins),
    notAfter: time(ends),
    key: readSubjectKey(key),
    extensions,
    basicConstraints: readBasicConstraints(extensions),
    keyUsage: readKeyUsage(extensions),
    subjectKeyId: readSubjectKeyId(extensions),
    authorityKeyId: readAuthorityKeyId(extensions),
    crlDistributionPoints: readDistributionPoints(extensions),
  }
}

/** A Name as exact DER. */
export function readName(name: DerValue | undefined): Uint8Array {
  sequence(name)
  return name?.whole ?? new Uint8Array(0)
}

/** {@link commonName}, and null too where the name is of another form: for whoever only sorts. */
export function nameOf(name: Uint8Array): string | null {
  try {
    return commonName(name)
  } catch {
    return null
  }
}

/** The last common name in a Name, ASCII only, or null. */
export function commonName(name: Uint8Array): string | null {
  for (const set of sequence(readDer(name)).toReversed()) {
    for (const attribute of set.children) {
      const [type, value] = sequence(attribute)
      if (oid(type) !== OID.commonName || value === undefined) continue
      const isText = value.tag === TAG.utf8String || value.tag === TAG.printableString
      const isAscii = value.content.every((byte) => byte >= 0x20 && byte < 0x7f)
      return isText && isAscii && value.content.length <= 128 ? String.fromCharCode(...value.content) : null
    }
  }
  return null
}
