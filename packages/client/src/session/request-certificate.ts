import type { SummaryResponse } from '@perf-aggregator/contracts'
import {
  type Fail,
  formatCertificateFile,
  Members,
  ProtocolError,
  parseCertificateFile,
  readCertificate,
} from '@perf-aggregator/protocol'
import type { VerifiedCertificate } from '../certificate/verify-certificate.ts'
import { verifyCertificate } from '../certificate/verify-certificate.ts'
import type { EnclaveConnection } from '../enclave/connection.ts'
import { ClientError, localError } from '../errors.ts'
import type { CallOptions, EnclaveSession } from './enclave-session.ts'

export interface CertificateRequestOptions extends CallOptions {
  /** Further sessions bound to the same client key: one certificate over all their accounts. */
  readonly include?: readonly (string | { readonly sessionId: string })[]
  readonly reportingCurrency?: string
  /** Seconds to wait for the collection to catch up; 600 when left out, 0 not to wait. */
  readonly wait?: number
  /**
   * Called before a wait with the summary of every session of the certificate, its own first: before each wait for one session, more
   * seldom for several.
   */
  readonly onProgress?: (summaries: readonly SummaryResponse[]) => void
}

/** A certificate as the enclave gave it, verified against the trust of the connection. */
export interface IssuedCertificate {
  readonly id: string
  /** The certificate file, to be kept and passed on. */
  readonly file: string
  readonly certificate: VerifiedCertificate
}

const WAIT_SECONDS = 600
/** Between two attempts, milliseconds, and never less than the enclave asks for. Grows, since it allows a client so many requests a quarter of an hour. */
const LEAST_PAUSE = 1000
const LONGEST_PAUSE = 15_000
const PAUSE_GROWTH = 1.25
/** Measuring years of fills on several accounts takes its time. */
const ISSUE_TIMEOUT = 120_000

export async function issueCertificate(
  session: EnclaveSession,
  options: CertificateRequestOptions,
): Promise<IssuedCertificate> {
  const { clock } = session.connection
  const include = (options.include ?? []).map((one) => (typeof one === 'string' ? one : one.sessionId))
  const body = {
    session_id: session.sessionId,
    ...(include.length === 0 ? {} : { include }),
    ...(options.reportingCurrency === undefined ? {} : { reporting_currency: options.reportingCurrency }),
  }
  const deadline = clock.now() + (options.wait ?? WAIT_SECONDS) * 1000
  let pause = 0
  let untilReport = 0
  for (;;) {
    try {
      const answer = await session.call({
        method: 'POST',
        path: '/enclave/request_aggregates',
        body,
        // Twice would be two certificates, the second following the first.
        idempotent: false,
        timeout: ISSUE_TIMEOUT,
        signal: options.signal,
      })
      const members = new Members(answer, '', malformed)
      const id = members.string('certificate_id')
      const file = formatted(() => readCertificate(members.any('aggregates_signed')))
      return await verifiedFile(session.connection, file, id)
    } catch (error) {
      if (!(error instanceof ClientError) || options.wait === 0) throw error
      const asked = Math.max((error.retryAfterSeconds ?? 0) * 1000, LEAST_PAUSE)
      if (error.code === 'collection_incomplete') {
        pause = Math.max(asked, Math.min(pause * PAUSE_GROWTH, LONGEST_PAUSE))
      } else if (error.code === 'rate_limited') pause = asked
      else throw error
      if (clock.now() + pause > deadline) {
        // That the enclave wants no more questions says nothing of the collection, and the answer names the time to wait.
        if (error.code === 'rate_limited') throw error
        throw localError('wait_exceeded', 'the collection did not catch up in time', error)
      }
      if (error.code === 'collection_incomplete' && untilReport <= 0) {
        await report(session, include, options)
        // A report is a request a session: told as often of sixteen as of one, they would use up what the enclave allows an address.
        untilReport = pause * (1 + 2 * include.length)
      }
      await clock.sleep(pause, options.signal)
      untilReport -= pause
    }
  }
}

async function report(
  session: EnclaveSession,
  include: readonly string[],
  { onProgress, signal }: CertificateRequestOptions,
): Promise<void> {
  if (onProgress === undefined) return
  try {
    onProgress(await Promise.all([session.sessionId, ...include].map((id) => session.summaryOf(id, { signal }))))
  } catch (error) {
    // A report less; the certificate is waited for all the same.
    if (!(error instanceof ClientError) || error.code !== 'rate_limited') throw error
  }
}

export async function fetchCertificate(
  connection: EnclaveConnection,
  id: string,
  options: CallOptions,
): Promise<IssuedCertificate> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(id)) throw localError('invalid_options', 'not a certificate id')
  const path = `/certificates/${id}`
  const bytes = await connection.http.bytes({ method: 'GET', path, idempotent: true, signal: options.signal })
  return verifiedFile(
    connection,
    formatted(() => parseCertificateFile(bytes)),
    id,
  )
}

async function verifiedFile(connection: EnclaveConnection, file: string, id: string): Promise<IssuedCertificate> {
  const now = Math.floor(connection.clock.now() / 1000)
  return { id, file, certificate: await verifyCertificate(file, connection.trust, { id, now }) }
}

function formatted(read: () => ReturnType<typeof readCertificate>): string {
  try {
    return formatCertificateFile(read())
  } catch (error) {
    if (error instanceof ProtocolError) throw localError('answer_malformed', 'the answer holds no certificate', error)
    throw error
  }
}

const malformed: Fail = (why, path, expected) =>
  localError('answer_malformed', `the answer to the certificate request: ${path}: ${why}, expected ${expected}`)
