import { KEY_KIND, type PublicKey, type SignatureScheme, subjectKeyKind } from '@perf-aggregator/attestation'

/** Bytes of a raw key, and whether it is a point: uncompressed, the only form that is taken. */
const RAW: Partial<Record<SignatureScheme, { readonly length: number; readonly isPoint: boolean }>> = {
  ed25519: { length: 32, isPoint: false },
  'ecdsa-p256-sha256': { length: 65, isPoint: true },
  'ecdsa-p384-sha384': { length: 97, isPoint: true },
}

/**
 * Whether the bytes are a key of the scheme in its one form. Asked before any platform is: OpenSSL and browsers differ in what they
 * forgive (bytes behind a key, compressed and hybrid points, curves written out, short RSA keys), and a verdict must not.
 */
export function isKeyOf(scheme: SignatureScheme, { form, bytes }: PublicKey): boolean {
  if (form === 'spki') return scheme !== 'ed25519' && subjectKeyKind(bytes) === KEY_KIND[scheme]
  const raw = RAW[scheme]
  return raw !== undefined && bytes.length === raw.length && (!raw.isPoint || bytes[0] === 4)
}
