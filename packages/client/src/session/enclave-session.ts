import type { MetricsResponse, RevokeResponse, SummaryResponse } from '@perf-aggregator/contracts'
import { isArray, type Json } from '@perf-aggregator/protocol'
import { type ClientKey, importClientKey, type PrivateJwk } from '../crypto/client-key.ts'
import { type ConnectionOptions, EnclaveConnection } from '../enclave/connection.ts'
import type { EnclaveRequest } from '../enclave/http.ts'
import { localError } from '../errors.ts'
import { createProof } from './proof-of-possession.ts'
import {
  type CertificateRequestOptions,
  fetchCertificate,
  type IssuedCertificate,
  issueCertificate,
} from './request-certificate.ts'

/** Everything another program needs to go on with a session, the private key included: to be kept like one. */
export interface SessionExport {
  readonly version: 1
  readonly enclaveUrl: string
  readonly sessionId: string
  readonly clientKey: PrivateJwk
}

/** Calls of a session that exists, each proved with the key it is bound to. Holds no exchange credentials. */
export class EnclaveSession {
  readonly sessionId: string
  readonly connection: EnclaveConnection
  readonly #key: ClientKey
  readonly #enclaveUrl: string

  constructor(connection: EnclaveConnection, enclaveUrl: string, sessionId: string, key: ClientKey) {
    this.connection = connection
    this.#enclaveUrl = enclaveUrl
    this.sessionId = sessionId
    this.#key = key
  }

  /** A session {@link exportSession} wrote down; the enclave is verified before the first call, as ever. */
  static async restore(
    exported: SessionExport,
    options: Omit<ConnectionOptions, 'enclaveUrl'> = {},
  ): Promise<EnclaveSession> {
    const { version, enclaveUrl, sessionId, clientKey } = exported
    if (version !== 1 || typeof sessionId !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(sessionId)) {
      throw localError('invalid_options', 'not an exported session of this version')
    }
    const connection = new EnclaveConnection({ ...options, enclaveUrl })
    return new EnclaveSession(connection, enclaveUrl, sessionId, await importClientKey(clientKey))
  }

  /** Where the collection stands, and the headline figures. Not signed: a certificate is. */
  async getSummary(options: CallOptions = {}): Promise<SummaryResponse> {
    return this.summaryOf(this.sessionId, options)
  }

  /** All figures and the daily values behind them. Not signed: a certificate is. */
  async getMetrics(options: CallOptions = {}): Promise<MetricsResponse> {
    const path = `/enclave/metrics/${this.sessionId}`
    return requireObject(await this.call({ method: 'GET', path, idempotent: true, ...options })) as MetricsResponse
  }

  /**
   * Asks for a certificate, waits until the collection has caught up, and verifies what comes.
   *
   * @throws {CertificateError} when what the enclave gave does not verify
   */
  async requestCertificate(options: CertificateRequestOptions = {}): Promise<IssuedCertificate> {
    return issueCertificate(this, options)
  }

  /** A certificate by its id, verified; needs no session. */
  async getCertificate(id: string, options: CallOptions = {}): Promise<IssuedCertificate> {
    return fetchCertificate(this.connection, id, options)
  }

  /** Ends the session: the enclave destroys credentials, fills and certificates. */
  async revoke(options: CallOptions = {}): Promise<RevokeResponse> {
    const body = { session_id: this.sessionId }
    const request = { method: 'POST', path: '/enclave/revoke', body, idempotent: true, ...options } as const
    return requireObject(await this.call(request)) as RevokeResponse
  }

  /** Rejects with `key_not_extractable` unless the client key was made extractable. */
  async exportSession(): Promise<SessionExport> {
    const clientKey = await this.#key.exportPrivate()
    return { version: 1, enclaveUrl: this.#enclaveUrl, sessionId: this.sessionId, clientKey }
  }

  /** @internal The summary of a session bound to the same key. */
  async summaryOf(sessionId: string, options: CallOptions): Promise<SummaryResponse> {
    const path = `/enclave/summary/${sessionId}`
    return requireObject(
      await this.call({ method: 'GET', path, idempotent: true, ...options }, sessionId),
    ) as SummaryResponse
  }

  /** @internal One proved request, over a connection whose enclave is verified. */
  async call(request: EnclaveRequest, sessionId: string = this.sessionId): Promise<Json> {
    const { http, clock } = this.connection
    await this.connection.verified(request.signal)
    const { method } = request
    const url = http.url(request.path)
    const headers = async (): Promise<{ dpop: string }> => {
      const now = Math.floor(clock.now() / 1000)
      return { dpop: await createProof(this.#key, { method, url, sessionId, now }) }
    }
    return http.json({ ...request, headers })
  }
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * The answers' forms are taken at the enclave's word, as everything that is not signed. But whoever stands between can write
 * into them, and they are made to be shown: a text that could drive or reorder a terminal is nothing an enclave says.
 */
function requireObject(answer: Json): unknown {
  if (typeof answer !== 'object' || answer === null || isArray(answer)) {
    throw localError('answer_malformed', 'the answer is not an object')
  }
  if (!isShowable(answer)) throw localError('answer_malformed', 'the answer holds what no terminal should be sent')
  return answer
}

function isShowable(json: Json): boolean {
  if (typeof json === 'string') return !/[\p{C}\p{Zl}\p{Zp}]/u.test(json)
  if (typeof json !== 'object' || json === null) return true
  if (isArray(json)) return json.every(isShowable)
  return Object.entries(json).every(([name, value]) => isShowable(name) && isShowable(value))
}
