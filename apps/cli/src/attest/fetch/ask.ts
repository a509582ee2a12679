/** One question to a vendor's service: bounded in time and size, asked again where the service says later. */
import type { ClientClock } from '@perf-aggregator/client'
import { FetchError } from './fetch-error.ts'

export interface Asking {
  readonly fetch: typeof fetch
  readonly clock: ClientClock
  /** Told of every wait: a sentence. */
  readonly tell: (line: string) => void
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly bytes: Uint8Array
  /** A header's value, by its name in any case. */
  readonly header: (name: string) => string | null
}

/** Milliseconds for one attempt. */
const TIMEOUT = 30_000
/** Bytes; the longest answer known has 30,000. */
export const MOST_ANSWER = 1_048_576
/** Milliseconds before the next attempt, where the service does not say. */
const BACKOFF = [1_000, 3_000, 10_000, 20_000]
/** AMD lets an address ask for about one VCEK in 10 s, and does not always say how long to wait. */
const BUSY = 10_000
/** Milliseconds: longer than that nobody waits in front of a terminal. */
const LONGEST_WAIT = 120_000

/** @throws {FetchError} */
export async function ask(address: string, asking: Asking): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await once(address, asking)
    if ('bytes' in outcome) return outcome
    const { error, wait } = outcome
    const backoff = BACKOFF[attempt]
    if (wait === null || backoff === undefined || wait > LONGEST_WAIT) throw error
    const pause = Math.max(wait, backoff)
    asking.tell(`${error.message}: again in ${Math.ceil(pause / 1000)} s`)
    await asking.clock.sleep(pause, asking.signal)
  }
}

/** `wait` is null where asking again changes nothing. */
interface Failed {
  readonly error: FetchError
  readonly wait: number | null
}

async function once(address: string, { fetch: ask, clock, signal }: Asking): Promise<Answer | Failed> {
  const { host } = new URL(address)
  const timeout = AbortSignal.timeout(TIMEOUT)
  try {
    const response = await ask(address, {
      // A redirect could lead to anybody, and over plain HTTP anybody can send one.
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
    })
    if (response.status === 200)
      return { bytes: await readBounded(response), header: (name) => response.headers.get(name) }
    await response.body?.cancel()
    return failureOf(host, response, clock.now())
  } catch (error) {
    if (signal?.aborted === true) throw error
    if (error instanceof FetchError) return { error, wait: null }
    return { error: new FetchError('vendor_unreachable', `${host} does not answer`, error), wait: 0 }
  }
}

function failureOf(host: string, { status, headers }: Response, now: number): Failed {
  const retryAfter = waitOf(headers.get('retry-after'), now)
  if (status === 429) {
    return { error: new FetchError('vendor_busy', `${host} asks to wait (429)`), wait: retryAfter ?? BUSY }
  }
  if (status >= 500) {
    return { error: new FetchError('vendor_unreachable', `${host} fails (${status})`), wait: retryAfter ?? 0 }
  }
  if (status === 404) {
    return { error: new FetchError('vendor_unknown', `${host} does not know this machine (404)`), wait: null }
  }
  return { error: new FetchError('vendor_refused', `${host} refuses the question (${status})`), wait: null }
}

/** `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date. Milliseconds, or null for neither. */
export function waitOf(header: string | null, now: number): number | null {
  if (header === null) return null
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}

async function readBounded({ body, headers }: Response): Promise<Uint8Array> {
  const tooLarge = (): FetchError => new FetchError('answer_too_large', `an answer of more than ${MOST_ANSWER} bytes`)
  if (Number(headers.get('content-length') ?? 0) > MOST_ANSWER) {
    await body?.cancel()
    throw tooLarge()
  }
  const parts: Uint8Array[] = []
  let length = 0
  const stream: AsyncIterable<Uint8Array> | null = body
  // Leaving the loop early cancels the rest.
  for await (const part of stream ?? []) {
    length += part.length
    if (length > MOST_ANSWER) throw tooLarge()
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}
