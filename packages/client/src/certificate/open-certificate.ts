import { AttestationError, type Binding, bindingFromJson } from '@perf-aggregator/attestation'
import type { Performance } from '@perf-aggregator/performance'
import {
  type CertificateClaims,
  certificateId,
  decodeBase64Url,
  decodeUtf8,
  EncodingError,
  ProtocolError,
  parseCertificateFile,
  parseClaims,
  parseCmw,
  readJson,
  type UnverifiedCertificate,
} from '@perf-aggregator/protocol'
import type { CheckList } from './check.ts'
import { isPerformance } from './performance-form.ts'

/** A certificate file taken apart: every part has its form, and nothing is verified. */
export interface OpenedCertificate {
  readonly file: UnverifiedCertificate
  readonly id: string
  readonly claims: CertificateClaims<Performance>
  readonly evidence: {
    readonly type: string
    readonly quote: Uint8Array
    readonly binding: Binding
    readonly endorsements: readonly Uint8Array[]
  }
}

const FORM = 'every member, claim and encoding in its one form'

/** Decides `media_type` and `format`; null when the rest cannot be looked at, all of it then decided. */
export function openCertificate(bytes: string | Uint8Array, list: CheckList): OpenedCertificate | null {
  const file = attempt(() => parseCertificateFile(bytes))
  if ('code' in file) {
    if (file.code === 'certificate_media_type') {
      list.fail('media_type', file.code, 'certificate.v1+json', 'another media type')
      list.closeRest('media_type')
    } else {
      list.fail('format', file.code, FORM, 'something else')
      list.closeRest('format')
    }
    return null
  }
  list.pass('media_type', 'certificate.v1+json', 'certificate.v1+json')

  const opened = attempt(() => openParts(file))
  if ('code' in opened) {
    // The policy is a step of its own, although the claims cannot be read without it.
    if (opened.code === 'signature_policy') {
      list.pass('format', FORM, FORM)
      list.fail('signature_policy', opened.code, 'Ed25519 and ML-DSA-65', 'another policy')
      list.closeRest('signature_policy')
    } else {
      list.fail('format', opened.code, FORM, 'something else')
      list.closeRest('format')
    }
    return null
  }
  list.pass('format', FORM, FORM)
  return opened
}

/** `run`, or the code of the check in the pure rooms that refused what it read. Anything else is a defect. */
export function attempt<Value extends object>(run: () => Value): Value | { readonly code: string } {
  try {
    return run()
  } catch (error) {
    return { code: refusalCode(error) }
  }
}

/** The code of a refusal; an error that is none of the pure rooms' is rethrown. */
export function refusalCode(error: unknown): string {
  if (error instanceof ProtocolError || error instanceof EncodingError || error instanceof AttestationError) {
    return error.code
  }
  throw error
}

function openParts(file: UnverifiedCertificate): OpenedCertificate | { readonly code: string } {
  const { performance, ...claims } = parseClaims(decodeBase64Url(file.statement.payload))
  if (!isPerformance(performance)) return { code: 'performance_malformed' }
  const { type, quote, binding, endorsements } = parseCmw(file.cmw)
  return {
    file,
    id: certificateId(file.statement.payload),
    claims: { ...claims, performance },
    evidence: { type, quote, binding: bindingFromJson(readJson(decodeUtf8(binding), 1)), endorsements },
  }
}
