/**
 * Certificates of the keys that sign reports (AMD 57230, "VCEK certificate" and "VLEK certificate"): extensions below
 * 1.3.6.1.4.1.3704.1 say for which chip, or for which cloud, and for which firmware versions.
 */
import { expectTag, readDer, smallInteger } from '../der/index.ts'
import { AttestationError } from '../errors.ts'
import { commonName, readCertificate, type X509Certificate } from '../x509/index.ts'
import type { SnpProduct } from './policy.ts'
import { productOfName } from './product.ts'
import type { SnpTcb } from './tcb-version.ts'

const ARC = '1.3.6.1.4.1.3704.1'
const OID = {
  structVersion: `${ARC}.1`,
  productName: `${ARC}.2`,
  bootloader: `${ARC}.3.1`,
  tee: `${ARC}.3.2`,
  snp: `${ARC}.3.3`,
  spl4: `${ARC}.3.4`,
  spl5: `${ARC}.3.5`,
  spl6: `${ARC}.3.6`,
  spl7: `${ARC}.3.7`,
  microcode: `${ARC}.3.8`,
  fmc: `${ARC}.3.9`,
  hwid: `${ARC}.4`,
  cspId: `${ARC}.5`,
} as const

const IA5_STRING = 0x16

/** Versions of the extensions' structure that are known. */
const MOST_STRUCT_VERSION = 1

export interface EndorsementKey {
  /** VCEK: derived from the chip's secret; VLEK: loaded by a cloud that AMD gave it to. */
  readonly kind: 'vcek' | 'vlek'
  readonly product: SnpProduct
  readonly tcb: SnpTcb
  /** Of a VCEK the chip (64 bytes, 8 on Turin), of a VLEK the name of the cloud, ASCII. */
  readonly subject: Uint8Array
  readonly certificate: X509Certificate
}

/** Reads a certificate, DER, as one of an endorsement key. `x509_malformed` where it is none. */
export function readEndorsementKey(der: Uint8Array): EndorsementKey {
  const certificate = readCertificate(der)
  try {
    return { ...readExtensions(certificate), certificate }
  } catch (cause) {
    throw new AttestationError('x509_malformed', 'not the certificate of a VCEK or VLEK', { cause })
  }
}

function readExtensions(certificate: X509Certificate): Omit<EndorsementKey, 'certificate'> {
  const value = (oid: string): Uint8Array | undefined => certificate.extensions.get(oid)?.value
  const version = (oid: string): number => smallInteger(readDer(value(oid) ?? new Uint8Array(0)), 255)

  if (version(OID.structVersion) > MOST_STRUCT_VERSION) throw new TypeError('an unknown version')
  const product = productOfName(ascii(value(OID.productName)))
  if (product === null || certificate.key.kind !== 'p384') throw new TypeError('an unknown product or kind of key')

  const isTurin = product === 'Turin'
  const unused = [OID.spl4, OID.spl5, OID.spl6, OID.spl7, ...(isTurin ? [] : [OID.fmc])]
  if (unused.some((oid) => value(oid) !== undefined && version(oid) !== 0)) throw new TypeError('an unknown version')
  const tcb = {
    bootloader: version(OID.bootloader),
    tee: version(OID.tee),
    snp: version(OID.snp),
    microcode: version(OID.microcode),
    ...(isTurin ? { fmc: version(OID.fmc) } : {}),
  }

  const [hwid, cspId] = [value(OID.hwid), value(OID.cspId)]
  if ((hwid === undefined) === (cspId === undefined)) throw new TypeError('neither a chip nor a cloud, or both')
  const kind = hwid ? 'vcek' : 'vlek'
  if (hwid && hwid.length !== (isTurin ? 8 : 64)) throw new TypeError('a chip id of another size')
  // ASK signs VCEKs and ASVK signs VLEKs, both below one ARK: an intermediate key must not make the other's.
  const isOfIntermediate = commonName(certificate.issuer) === (hwid ? `SEV-${product}` : `SEV-VLEK-${product}`)
  const isNamed = commonName(certificate.subject) === (hwid ? 'SEV-VCEK' : 'SEV-VLEK')
  if (!isOfIntermediate || !isNamed) throw new TypeError('names of another key')
  return { kind, product, tcb, subject: hwid ?? Uint8Array.from(ascii(cspId), (one) => one.charCodeAt(0)) }
}

function ascii(value: Uint8Array | undefined): string {
  const { content } = expectTag(value && readDer(value), IA5_STRING)
  if (content.length === 0 || content.length > 64 || content.some((byte) => byte < 0x20 || byte > 0x7e)) {
    throw new TypeError('no printable text')
  }
  return String.fromCharCode(...content)
}
