import type { Check as AttestationCheck, VerifiedEnclave } from '@perf-aggregator/attestation'
import { SIMULATOR_TYPE } from '@perf-aggregator/attestation/simulator'
import type { Performance } from '@perf-aggregator/performance'
import type { CertificateClaims } from '@perf-aggregator/protocol'
import type { CertificateTrust } from '../enclave/trust.ts'
import { ClientError } from '../errors.ts'
import { type CertificateCheck, CheckList } from './check.ts'
import { checkEvidence } from './evidence-checks.ts'
import { checkLog, type LogPosition } from './log-checks.ts'
import { type OpenedCertificate, openCertificate } from './open-certificate.ts'
import { checkPeriod } from './period-check.ts'
import { checkSignatures } from './statement-checks.ts'

declare const verified: unique symbol

/** A certificate every step of docs/protocol.md section 7 held for, under somebody's trust. Only this module makes one. */
export interface VerifiedCertificate {
  readonly [verified]: true
  /** base64url SHA-256 of the signed payload. */
  readonly id: string
  readonly claims: CertificateClaims<Performance>
  /** TEE family of the evidence. */
  readonly evidenceType: string
  /** Seconds since 1970: the moment the evidence was judged at, that of signing or its own. Not the present. */
  readonly evidenceAt: number
  /** Evidence of a simulator: the signatures hold, but no hardware stands behind them. */
  readonly simulated: boolean
  /** Where the log holds it, and the checkpoint that proves it. */
  readonly log: LogPosition
}

/** The answer to "why": every step by name, and the certificate when all of them held. */
export interface CertificateExplanation {
  readonly verified: boolean
  /** Of the payload as found; null when there is none. */
  readonly id: string | null
  /** Each step once, in the order of `CERTIFICATE_CHECKS`. */
  readonly checks: readonly CertificateCheck[]
  /** The attestation engine's own checks, behind `evidence`, `binding`, `measurement` and `result_keys`. */
  readonly attestation: readonly AttestationCheck[]
  readonly certificate: VerifiedCertificate | null
}

export interface VerifyOptions {
  /** Seconds since 1970; the present when left out. */
  readonly now?: number
  /** The `certificate_id` the reader asked for: another certificate, however valid, then fails `leaf`. */
  readonly id?: string
}

/** What {@link verifyCertificate} rejects with: `code` is that of the first step that failed. */
export class CertificateError extends ClientError {
  readonly explanation: CertificateExplanation

  constructor(explanation: CertificateExplanation) {
    const failed = explanation.checks.find((check) => check.outcome === 'failed')
    super(failed?.code ?? 'certificate_unverified', `the certificate is not verified: ${failed?.name ?? 'unknown'}`)
    this.explanation = explanation
  }
}

/**
 * Verifies a certificate file offline: no network, no account, no clock but `now`.
 *
 * @param file its text or bytes, as received
 * @throws {CertificateError} when any step fails or could not be looked at
 */
export async function verifyCertificate(
  file: string | Uint8Array,
  trust: CertificateTrust,
  options: VerifyOptions = {},
): Promise<VerifiedCertificate> {
  const explanation = await explainCertificate(file, trust, options)
  if (explanation.certificate === null) throw new CertificateError(explanation)
  return explanation.certificate
}

/**
 * The same, answering with every step instead of failing on the first. Nothing in `file` makes it reject; only
 * `invalid_options` in `trust` does.
 */
export async function explainCertificate(
  file: string | Uint8Array,
  trust: CertificateTrust,
  options: VerifyOptions = {},
): Promise<CertificateExplanation> {
  const list = new CheckList()
  const opened = openCertificate(file, list)
  if (opened === null) return { verified: false, id: null, checks: list.all(), attestation: [], certificate: null }

  const statement = await checkSignatures(list, opened)
  const { verdict, checks: attestation, at } = await checkEvidence(list, opened, statement, trust)
  const log = await checkLog(list, opened, trust, options.id)
  checkPeriod(list, opened.claims, options.now ?? Math.floor(Date.now() / 1000))

  const checks = list.all()
  const held = checks.every(({ outcome }) => outcome === 'passed' || outcome === 'skipped')
  const enclave = verdict.accepted ? verdict.enclave : null
  const certificate = held && enclave && log !== null ? markVerified(opened, enclave, log, at) : null
  return { verified: certificate !== null, id: opened.id, checks, attestation, certificate }
}

function markVerified(
  opened: OpenedCertificate,
  enclave: VerifiedEnclave,
  log: LogPosition,
  evidenceAt: number,
): VerifiedCertificate {
  return {
    id: opened.id,
    claims: opened.claims,
    evidenceType: enclave.evidenceType,
    evidenceAt,
    simulated: enclave.evidenceType === SIMULATOR_TYPE,
    log,
  } as VerifiedCertificate
}
