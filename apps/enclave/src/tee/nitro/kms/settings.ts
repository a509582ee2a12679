/** What an operator says about key release by AWS KMS: which key, and how an enclave that has no network reaches it. Pure. */
import { isIP } from 'node:net'

/** A key of AWS KMS. */
export interface KmsKey {
  /** `arn:aws:kms:<region>:<account>:key/<id>` */
  readonly arn: string
  readonly region: string
  /** The name KMS has in its certificate. */
  readonly host: string
}

export interface Address {
  /** An IP address */
  readonly host: string
  readonly port: number
}

/** Where the credentials of the role are read, anew for every request, because they are rotated. */
export type CredentialsSource =
  /** The instance metadata service, version 2, or what forwards to it. */
  | { readonly kind: 'instance'; readonly address: Address }
  /** A file of the JSON that service answers with. */
  | { readonly kind: 'file'; readonly path: string }

export interface KmsSettings {
  readonly key: KmsKey
  /** What passes the connection on to KMS, which TLS ends in all the same; null: KMS itself. */
  readonly connect: Address | null
  readonly credentials: CredentialsSource
}

/** Where every EC2 instance finds its metadata. */
export const INSTANCE_METADATA: CredentialsSource = {
  kind: 'instance',
  address: { host: '169.254.169.254', port: 80 },
}

/**
 * `aws` and `aws-us-gov`, whose endpoints have these names and certificates of Amazon's own roots. An id, of one region or of many
 * (`mrk-`), never an alias: whoever moves an alias would change the key.
 */
const KEY_ARN =
  /^arn:aws(?:-us-gov)?:kms:(?<region>[a-z]{2}(?:-[a-z]{2,12}){1,2}-\d):\d{12}:key\/(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** Null: no key's ARN. The region becomes a part of a host's name, and so has no character that could end it. */
export function parseKeyArn(text: string): KmsKey | null {
  const region = KEY_ARN.exec(text)?.groups?.['region']
  return region === undefined ? null : { arn: text, region, host: `kms.${region}.amazonaws.com` }
}

/** `127.0.0.1:8001` or `[::1]:8001`; null: another thing. */
export function parseAddress(text: string): Address | null {
  const [, six, four, digits] = /^(?:\[([0-9a-f:]+)\]|([0-9.]+)):([1-9]\d{0,4})$/.exec(text) ?? []
  const host = six ?? four ?? ''
  const port = Number(digits)
  return isIP(host) === (six === undefined ? 4 : 6) && port <= 65_535 ? { host, port } : null
}

/** `http://` and an address, or an absolute path; null: another thing. */
export function parseCredentialsSource(text: string): CredentialsSource | null {
  if (text.startsWith('/') && !text.includes('\0')) return { kind: 'file', path: text }
  const address = text.startsWith('http://') ? parseAddress(text.slice('http://'.length)) : null
  return address && { kind: 'instance', address }
}
