import { EncodingError, type Json, ProtocolError, readJson } from '@perf-aggregator/protocol'
import { ClientError, localError } from '../errors.ts'
import type { ClientClock } from './clock.ts'
import { problemError } from './problem.ts'

export interface EnclaveRequest {
  readonly method: 'GET' | 'POST'
  /** From the first slash, without query. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Asked anew for each attempt, since a proof of possession counts once. */
  readonly headers?: () => Promise<Readonly<Record<string, string>>>
  /** Whether doing it twice is the same as once: then a 503 or a broken connection is tried again. */
  readonly idempotent: boolean
  /** Milliseconds per attempt. */
  readonly timeout?: number
  readonly signal?: AbortSignal | undefined
}

export interface HttpOptions {
  /** Scheme, host and port, a path prefix if any. */
  readonly baseUrl: string
  readonly fetch: typeof fetch
  readonly clock: ClientClock
}

const TIMEOUT = 30_000
/** Waits before the second, third and fourth attempt, milliseconds; the enclave's `Retry-After` goes before. */
const BACKOFF = [250, 1000, 3000]
const MAX_RETRY_AFTER_SECONDS = 30
/** Years of daily values on hundreds of markets fit; what an endless answer can cost is bounded. */
const MAX_ANSWER_BYTES = 32 * 1_048_576

/** JSON over HTTP with the enclave: bounded, timed out, retried where that is harmless, every failure a `ClientError`. */
export class EnclaveHttp {
  readonly #base: URL
  readonly #fetch: typeof fetch
  readonly #clock: ClientClock

  constructor(options: HttpOptions) {
    this.#base = parseBase(options.baseUrl)
    this.#fetch = options.fetch
    this.#clock = options.clock
  }

  /** The absolute address of `path`, as a proof of possession names it. */
  url(path: string): string {
    return `${this.#base.origin}${this.#base.pathname.replace(/\/+$/, '')}${path}`
  }

  async json(request: EnclaveRequest): Promise<Json> {
    const bytes = await this.bytes(request)
    try {
      return readJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch (cause) {
      if (cause instanceof ProtocolError || cause instanceof EncodingError || cause instanceof TypeError) {
        throw localError('answer_malformed', 'the answer is not JSON', cause)
      }
      throw cause
    }
  }

  async bytes(request: EnclaveRequest): Promise<Uint8Array> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#once(request)
      } catch (error) {
        const backoff = BACKOFF[attempt]
        if (!(error instanceof ClientError) || !isPassing(error) || !request.idempotent || backoff === undefined) {
          throw error
        }
        const asked = Math.min(error.retryAfterSeconds ?? 0, MAX_RETRY_AFTER_SECONDS) * 1000
        await this.#clock.sleep(Math.max(backoff, asked), request.signal)
      }
    }
  }

  async #once(request: EnclaveRequest): Promise<Uint8Array> {
    const timeout = AbortSignal.timeout(request.timeout ?? TIMEOUT)
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal])
    const query = request.query === undefined ? '' : `?${new URLSearchParams(request.query).toString()}`
    const headers = { accept: 'application/json', ...(await request.headers?.()) }
    try {
      const response = await this.#fetch(this.url(request.path) + query, {
        method: request.method,
        headers: request.body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        // A redirect could only lead to somebody else.
        redirect: 'error',
        credentials: 'omit',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
        signal,
      })
      const bytes = await readBounded(response)
      if (!response.ok) throw problemError(response, bytes)
      return bytes
    } catch (error) {
      if (error instanceof ClientError) throw error
      if (request.signal?.aborted === true) throw error
      if (timeout.aborted) throw localError('timeout', 'the enclave did not answer in time', error)
      throw localError('network', 'the enclave cannot be reached', error)
    }
  }
}

function isPassing(error: ClientError): boolean {
  return error.status === 503 || error.code === 'network' || error.code === 'timeout'
}

function parseBase(baseUrl: string): URL {
  let url: URL
  try {
    url = new URL(baseUrl)
  } catch {
    throw localError('invalid_options', 'enclaveUrl is not an address')
  }
  if (!['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw localError('invalid_options', 'enclaveUrl must be an http(s) address without query, fragment and user')
  }
  return url
}

async function readBounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader()
  for (;;) {
    const part = await reader?.read()
    if (part === undefined || part.done) break
    length += part.value.length
    if (length > MAX_ANSWER_BYTES) {
      await reader?.cancel()
      throw localError('answer_malformed', 'the answer is too large')
    }
    parts.push(part.value)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
