/**
 * What was verified, under the claim names of RFC 9711 (EAT) where it has them: `eat_nonce`, `dbgstat`, `iat`, `measurements`,
 * `submods`. The rest goes by names of our own, as the RFC allows.
 */
import { canonicalJsonBytes, encodeBase64Url, encodeHex } from './bytes/index.ts'
import type { Accepted } from './verdict.ts'

/** CoAP content format of `application/json` (IANA), as `measurements` names the format of its bodies. */
const JSON_FORMAT = 50

/** The TEE's own claims, as a submodule. */
export interface EatSubmodule {
  /** `disabled-since-boot`: families fix it when the TEE starts. */
  readonly dbgstat: 'disabled-since-boot'
  /** Each a content format and a body; the one body is JSON of register name to hexadecimal. */
  readonly measurements: readonly (readonly [format: number, body: string])[]
  /** base64url; where the evidence has a slot for a nonce */
  readonly eat_nonce?: string
  /** Seconds since 1970 when the TEE signed, where the evidence says it */
  readonly iat?: number
  /** Lower-case hexadecimal, of report data */
  readonly report_data?: string
  readonly platform?: { readonly kind: string; readonly id: string }
  readonly tcb?: { readonly status: string | null; readonly advisories: readonly string[] }
}

export interface EatClaims {
  /** Seconds since 1970: the moment the evidence was judged at */
  readonly iat: number
  readonly submods: Readonly<Record<string, EatSubmodule>>
}

/** Of an accepted verdict only: claims nobody verified have no such form. */
export function eatClaims({ at, claims }: Accepted): EatClaims {
  const { measurements, nonce, issuedAt, reportData, platform, tcb, details } = claims
  const registers = Object.entries(measurements).map(([name, bytes]) => [name, bytes ? encodeHex(bytes) : null])
  const submodule: EatSubmodule = {
    dbgstat: 'disabled-since-boot',
    measurements: [[JSON_FORMAT, encodeBase64Url(canonicalJsonBytes(Object.fromEntries(registers)))]],
    ...(nonce && nonce.length > 0 && { eat_nonce: encodeBase64Url(nonce) }),
    ...(issuedAt !== null && { iat: issuedAt }),
    ...(reportData && { report_data: encodeHex(reportData) }),
    ...(platform && { platform: { kind: platform.kind, id: encodeHex(platform.id) } }),
    ...(tcb && { tcb: { status: tcb.status, advisories: tcb.advisories } }),
  }
  return { iat: at, submods: { [details.family]: submodule } }
}
