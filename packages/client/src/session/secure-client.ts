import type { MetricsResponse, RevokeResponse, SummaryResponse } from '@perf-aggregator/contracts'
import type { Credentials, Exchange, SuiteName } from '@perf-aggregator/protocol'
import { type ClientKey, generateClientKey } from '../crypto/client-key.ts'
import { CryptoHelper } from '../crypto-helper.ts'
import { type ConnectionOptions, EnclaveConnection } from '../enclave/connection.ts'
import { ClientError, localError } from '../errors.ts'
import { type CallOptions, EnclaveSession, type SessionExport } from './enclave-session.ts'
import { type Registration, readRegistration } from './registration.ts'
import type { CertificateRequestOptions, IssuedCertificate } from './request-certificate.ts'

export interface SecureClientOptions extends ConnectionOptions {
  readonly exchange: Exchange
  readonly apiKey: string
  readonly secret: string
  readonly passphrase?: string
  readonly userId?: string
  /** Name of the account among the trader's own; `main` when left out. */
  readonly label?: string
  /** Seconds the session lives; a day when left out. */
  readonly ttl?: number
  /** Markets to look at first. */
  readonly symbols?: readonly string[]
  /** The venue's own sandbox instead of the real one. */
  readonly sandbox?: boolean
  /** `x-wing` (post-quantum hybrid) when left out. */
  readonly suite?: SuiteName
  /** The key the session is bound to. Give the same to several clients whose accounts one certificate shall cover. */
  readonly clientKey?: ClientKey
}

const DAY_SECONDS = 86_400
/** The enclave tries the key on the venue before it answers. */
const SUBMIT_TIMEOUT = 60_000

/**
 * One trader's way to one enclave, in a browser or in Node: verifies the enclave, seals the exchange credentials to the
 * verified key, and from then on knows only the session, bound to a key of this client.
 */
export class SecureClient {
  readonly #connection: EnclaveConnection
  readonly #options: Pick<SecureClientOptions, 'enclaveUrl' | 'label' | 'ttl' | 'suite' | 'clientKey'>
  /** Null once they were handed over: the client forgets them. */
  #credentials: Credentials | null
  #session: EnclaveSession | null = null
  #registering = false

  constructor(options: SecureClientOptions) {
    const { enclaveUrl, label, ttl, suite, clientKey } = options
    this.#connection = new EnclaveConnection(options)
    this.#options = {
      enclaveUrl,
      ...(label === undefined ? {} : { label }),
      ...(ttl === undefined ? {} : { ttl }),
      ...(suite === undefined ? {} : { suite }),
      ...(clientKey === undefined ? {} : { clientKey }),
    }
    this.#credentials = {
      exchange: options.exchange,
      apiKey: options.apiKey,
      apiSecret: options.secret,
      passphrase: options.passphrase,
      userId: options.userId,
      symbols: options.symbols,
      sandbox: options.sandbox,
    }
  }

  /**
   * Verifies the enclave over a fresh nonce, seals the credentials to it and submits them. When the enclave restarted in
   * between and so cannot decrypt, it is verified anew and the submission repeated, once. On success the credentials are
   * forgotten; after a failure `register` may be called again.
   */
  async register(options: CallOptions = {}): Promise<Registration> {
    const credentials = this.#credentials
    if (credentials === null || this.#registering) {
      throw localError('already_registered', 'this client registers once; make another for another account')
    }
    this.#registering = true
    try {
      const key = this.#options.clientKey ?? (await generateClientKey())
      const registration = await this.#submit({ ...credentials, clientKey: key.publicKey }, options)
      this.#session = new EnclaveSession(this.#connection, this.#options.enclaveUrl, registration.sessionId, key)
      this.#credentials = null
      return registration
    } finally {
      this.#registering = false
    }
  }

  /** Where the collection stands, and the headline figures. */
  async getSummary(options: CallOptions = {}): Promise<SummaryResponse> {
    return this.session.getSummary(options)
  }

  /** All figures and the daily values behind them. */
  async getMetrics(options: CallOptions = {}): Promise<MetricsResponse> {
    return this.session.getMetrics(options)
  }

  /** A certificate over this account and those of `include`, waited for and verified. */
  async requestCertificate(options: CertificateRequestOptions = {}): Promise<IssuedCertificate> {
    return this.session.requestCertificate(options)
  }

  /** A certificate by its id, verified. */
  async getCertificate(id: string, options: CallOptions = {}): Promise<IssuedCertificate> {
    return this.session.getCertificate(id, options)
  }

  /** Ends the session; the enclave destroys credentials, fills and certificates. */
  async revoke(options: CallOptions = {}): Promise<RevokeResponse> {
    return this.session.revoke(options)
  }

  /** The session and its private key, for another program to go on with; needs an extractable `clientKey`. */
  async exportSession(): Promise<SessionExport> {
    return this.session.exportSession()
  }

  get sessionId(): string {
    return this.session.sessionId
  }

  /** Throws `not_registered` before {@link register}. */
  get session(): EnclaveSession {
    if (this.#session === null) throw localError('not_registered', 'register first')
    return this.#session
  }

  async #submit(credentials: Credentials, options: CallOptions): Promise<Registration> {
    try {
      return await this.#submitOnce(credentials, options)
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'decryption_failed') throw error
      return this.#submitOnce(credentials, options)
    }
  }

  async #submitOnce(credentials: Credentials, { signal }: CallOptions): Promise<Registration> {
    const enclave = await this.#connection.attest(signal)
    const { label = 'main', ttl = DAY_SECONDS, suite = 'x-wing' } = this.#options
    const body = await CryptoHelper.encryptCredentials(credentials, enclave, { label, ttl }, { suite })
    const path = '/enclave/submit_key'
    return readRegistration(
      // The nonce counts once, so repeating the same body could only be refused.
      await this.#connection.http.json({
        method: 'POST',
        path,
        body,
        idempotent: false,
        timeout: SUBMIT_TIMEOUT,
        signal,
      }),
    )
  }
}
