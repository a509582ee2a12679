/** X.509 version 2 revocation lists (RFC 5280 section 5). What the list says, nothing believed yet. */

import { equalBytes } from '../bytes/index.ts'
import { booleanContent, context, type DerValue, readDer, sequence, smallInteger, TAG, time } from '../der/index.ts'
import { AttestationError } from '../errors.ts'
import { readSerial, readSignature, type Signature } from './algorithms.ts'
import { readName } from './certificate.ts'
import { type Extensions, readAuthorityKeyId, readExtensions, readFullName } from './extensions.ts'
import { OID } from './oids.ts'

/** Which certificates of its issuer a list is about (RFC 5280 section 5.2.5). */
export interface CrlScope {
  /** URIs of the distribution point the list belongs to; empty where it belongs to all of them. */
  readonly distributionPoints: readonly string[]
  readonly only: 'user' | 'ca' | null
}

export interface X509Crl {
  readonly der: Uint8Array
  /** The bytes the issuer signed. */
  readonly signed: Uint8Array
  readonly signature: Signature
  /** Exact DER */
  readonly issuer: Uint8Array
  /** Seconds since 1970, both inclusive */
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** Serials as {@link serialKey} writes them. */
  readonly revoked: ReadonlySet<string>
  readonly authorityKeyId: Uint8Array | null
  readonly extensions: Extensions
  readonly scope: CrlScope
  /** An entry has a critical extension: it may be about another issuer's certificate. */
  readonly hasCriticalEntry: boolean
}

/** Bytes a list may have. */
const MOST = 1_048_576

/** One text per serial number. */
export function serialKey(serial: Uint8Array): string {
  return serial.join('.')
}

/** Reads one CRL, DER. `crl_malformed`. */
export function readCrl(der: Uint8Array): X509Crl {
  try {
    const [body, algorithm, signature, ...rest] = sequence(readDer(der, MOST))
    if (rest.length > 0 || body === undefined) throw new TypeError('a list of another form')
    return { der, signed: body.whole, signature: readSignature(algorithm, signature), ...readBody(body, algorithm) }
  } catch (cause) {
    throw new AttestationError('crl_malformed', 'not an X.509 revocation list of version 2', { cause })
  }
}

function readBody(body: DerValue, outer: DerValue | undefined) {
  const parts = [...sequence(body)]
  const [version, algorithm, issuer, thisUpdate, nextUpdate] = parts.splice(0, 5)
  if (smallInteger(version) !== 1) throw new TypeError('not version 2')
  if (!algorithm || !outer || !equalBytes(algorithm.whole, outer.whole)) {
    throw new TypeError('two signature algorithms')
  }
  const entries = parts[0]?.tag === TAG.sequence ? sequence(parts.shift()).map(readEntry) : []
  // RFC 5280 wants a number and a key id in every list; one without them says no less about who is revoked.
  const extensionsPart = parts.shift()
  const isForm = extensionsPart?.tag === context.constructed(0) && extensionsPart.children.length === 1
  if (parts.length > 0 || (extensionsPart && !isForm)) throw new TypeError('a list with more than extensions')
  const extensions: Extensions = extensionsPart ? readExtensions(extensionsPart.children[0]) : new Map()
  return {
    issuer: readName(issuer),
    thisUpdate: time(thisUpdate),
    nextUpdate: time(nextUpdate),
    revoked: new Set(entries.map(({ serial }) => serial)),
    hasCriticalEntry: entries.some(({ isCritical }) => isCritical),
    authorityKeyId: readAuthorityKeyId(extensions),
    extensions,
    scope: readScope(extensions),
  }
}

function readEntry(entry: DerValue): { readonly serial: string; readonly isCritical: boolean } {
  const [serial, revokedAt, extensionsPart, ...rest] = sequence(entry)
  if (rest.length > 0) throw new TypeError('an entry of another form')
  time(revokedAt)
  const extensions = extensionsPart ? [...readExtensions(extensionsPart).values()] : []
  return {
    serial: serialKey(readSerial(serial)),
    isCritical: extensions.some(({ isCritical }) => isCritical),
  }
}

const WHOLE: CrlScope = { distributionPoints: [], only: null }

/** A list by reasons, of attribute certificates, or indirect (`[3]`, `[4]`, `[5]`) is refused. */
function readScope(extensions: Extensions): CrlScope {
  const extension = extensions.get(OID.issuingDistributionPoint)
  if (!extension) return WHOLE
  let { distributionPoints, only } = WHOLE
  for (const part of sequence(readDer(extension.value))) {
    if (part.tag === context.constructed(0)) {
      distributionPoints = readFullName(part)
      if (distributionPoints.length === 0) throw new TypeError('a scope by another name than a URI')
    } else if (part.tag === context.primitive(1) || part.tag === context.primitive(2)) {
      const isOnly = booleanContent(part)
      if (isOnly) only = part.tag === context.primitive(1) ? 'user' : 'ca'
    } else throw new TypeError('a scope that is not understood')
  }
  return { distributionPoints, only }
}
