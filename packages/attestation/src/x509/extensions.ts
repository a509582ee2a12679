import {
  boolean,
  context,
  type DerValue,
  namedBits,
  octets,
  oid,
  readDer,
  sequence,
  smallInteger,
  TAG,
} from '../der/index.ts'
import { malformed } from '../der/read.ts'
import { OID } from './oids.ts'

export interface Extension {
  readonly isCritical: boolean
  /** The bytes inside `extnValue`. */
  readonly value: Uint8Array
}

/** Extensions by dotted object identifier. */
export type Extensions = ReadonlyMap<string, Extension>

/** RFC 5280 section 4.2.1.3, bit numbers. */
export const KEY_USAGE = { digitalSignature: 0, keyCertSign: 5, crlSign: 6 } as const

export interface BasicConstraints {
  readonly isCa: boolean
  /** Null where the chain below is not limited. */
  readonly pathLength: number | null
}

/** A SEQUENCE OF Extension, each identifier once (RFC 5280 section 4.2). */
export function readExtensions(value: DerValue | undefined): Extensions {
  const extensions = new Map<string, Extension>()
  const list = sequence(value)
  if (list.length === 0) throw malformed('an empty list of extensions')
  for (const item of list) {
    const [identifier, second, third, ...rest] = sequence(item)
    const hasFlag = second?.tag === TAG.boolean
    // A criticality of FALSE is the default, which DER leaves out; vendors write it nonetheless, and the signature covers it.
    const isCritical = hasFlag && boolean(second)
    const content = hasFlag ? third : second
    if (rest.length > 0 || (!hasFlag && third !== undefined)) throw malformed('an extension of another form')
    const name = oid(identifier)
    if (extensions.has(name)) throw malformed('an extension that stands twice')
    extensions.set(name, { isCritical, value: octets(content) })
  }
  return extensions
}

export function readBasicConstraints(extensions: Extensions): BasicConstraints | null {
  const extension = extensions.get(OID.basicConstraints)
  if (!extension) return null
  const parts = [...sequence(readDer(extension.value))]
  const isCa = parts[0]?.tag === TAG.boolean ? boolean(parts.shift()) : false
  const pathLength = parts.length > 0 ? smallInteger(parts.shift(), 255) : null
  if (parts.length > 0 || (pathLength !== null && !isCa)) throw malformed('basic constraints of another form')
  return { isCa, pathLength }
}

/** Bits of {@link KEY_USAGE}, or null where the certificate does not limit its key. */
export function readKeyUsage(extensions: Extensions): ReadonlySet<number> | null {
  const extension = extensions.get(OID.keyUsage)
  return extension ? namedBits(readDer(extension.value)) : null
}

export function readSubjectKeyId(extensions: Extensions): Uint8Array | null {
  const extension = extensions.get(OID.subjectKeyIdentifier)
  return extension ? octets(readDer(extension.value)) : null
}

/** The key identifier of the issuer; issuer name and serial, which may stand beside it, are not looked at. */
export function readAuthorityKeyId(extensions: Extensions): Uint8Array | null {
  const extension = extensions.get(OID.authorityKeyIdentifier)
  if (!extension) return null
  const parts = sequence(readDer(extension.value))
  return parts.find(({ tag }) => tag === context.primitive(0))?.content ?? null
}

/** The URIs of all distribution points that are named by URI. */
export function readDistributionPoints(extensions: Extensions): readonly string[] {
  const extension = extensions.get(OID.crlDistributionPoints)
  if (!extension) return []
  return sequence(readDer(extension.value)).flatMap((point) => {
    const name = sequence(point).find(({ tag }) => tag === context.constructed(0))
    return name ? readFullName(name) : []
  })
}

/** URIs of a DistributionPointName (RFC 5280 section 4.2.1.13). */
export function readFullName(name: DerValue): readonly string[] {
  const [full] = name.children
  if (full?.tag !== context.constructed(0)) return []
  return full.children
    .filter(({ tag }) => tag === context.primitive(6))
    .map(({ content }) => {
      if (content.length > 2048) throw malformed('a URI that is too long')
      return String.fromCharCode(...content)
    })
}
