/**
 * One venue as the clients call it: an endpoint in, its lossless JSON out. Signs for the running tenant, keeps the
 * venue's pace and time, asks again where asking again helps, and turns what remains into our codes. One per venue.
 */
import { createHmac, sign as signWith } from 'node:crypto'
import { EnclaveError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { VenueId } from '../../ports/venue.ts'
import type { Answer, Fetch } from '../egress.ts'
import { parseLosslessJson } from '../lossless-json.ts'
import type { Pace, Sleep } from '../pace.ts'
import { comeBack } from '../pace.ts'
import type { Tenants } from '../tenants.ts'
import type { Endpoint, Params, SignedRequest } from './ccxt.ts'
import { KEY_PLACEHOLDER, loadCcxt } from './ccxt.ts'
import type { Diagnose, Failure } from './failure.ts'
import { failureOfStatus } from './failure.ts'

/** What differs from venue to venue. */
export interface VenueRules {
  readonly venue: VenueId
  /** Hash of the venue's HMAC and the encoding of the result. */
  readonly mac: { readonly hash: 'sha256' | 'sha512'; readonly encoding: 'hex' | 'base64' }
  /** True: requests of one key are sent one after the other, each with a greater number, and paced per key. */
  readonly perKey: boolean
  readonly diagnose: Diagnose
  /** The public endpoint that tells the time, and how to read it (milliseconds). */
  readonly time: { readonly endpoint: string; readonly parse: (answer: unknown) => number }
  /** The bearer token of one request, where the venue wants one. */
  readonly token?: (tenants: Tenants, now: number, method: string, url: string) => string
}

export interface ConnectionParts {
  readonly origin: string
  readonly fetch: Fetch
  readonly tenants: Tenants
  readonly pace: Pace
  readonly clock: Clock
  readonly sleep: Sleep
}

/** Attempts at one request, and the pause before each further one in milliseconds. */
const PAUSES: readonly number[] = [250, 500, 1_000, 2_000, 4_000]
/** No further attempt at a request begins after this long: a venue that takes connections and never answers is gone too. */
const LONGEST_PERSISTENCE = 20_000
/** A `Retry-After` up to this is waited out here; a longer one is handed to the caller. */
const LONGEST_PAUSE = 15_000
/** How long a measured difference between the clocks is good for, milliseconds. */
const TIME_GOOD_FOR = 600_000

/** A refusal on its way from the transport, through ccxt, to `call`. */
class Refused extends Error {
  readonly failure: Failure
  readonly retryAfterSeconds: number | null

  constructor(failure: Failure, retryAfterSeconds: number | null) {
    super(failure)
    this.failure = failure
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export class Connection {
  readonly #rules: VenueRules
  readonly #parts: ConnectionParts
  #endpoint: (name: string) => Endpoint
  /** The venue's clock minus ours, milliseconds, and when that was measured. */
  #skew = 0
  #skewAt = Number.NEGATIVE_INFINITY
  readonly #memory = new Map<string, { readonly value: Promise<unknown>; readonly at: number }>()

  private constructor(rules: VenueRules, parts: ConnectionParts) {
    this.#rules = rules
    this.#parts = parts
    this.#endpoint = () => {
      throw new Error('not loaded')
    }
  }

  static async open(rules: VenueRules, parts: ConnectionParts): Promise<Connection> {
    const connection = new Connection(rules, parts)
    connection.#endpoint = await loadCcxt(rules.venue, parts.origin, {
      fetch: async (request) => await connection.#send(request),
      throttle: async (cost) => {
        await parts.pace.take(connection.#scope(), cost)
      },
      sign: (message) => connection.#sign(message),
      token: (method, url) => {
        if (rules.token === undefined) throw new TypeError('this venue uses no tokens')
        return rules.token(parts.tenants, connection.now(), method, url)
      },
      nonce: () => connection.#nonce(),
    })
    return connection
  }

  /** The venue's time, milliseconds since 1970. Good once a private call was made. */
  now(): number {
    return this.#parts.clock.now() + this.#skew
  }

  /** Measures the venue's time when that was long ago. */
  async ready(): Promise<void> {
    if (this.#parts.clock.now() - this.#skewAt > TIME_GOOD_FOR) await this.#measureTime()
  }

  /** What `ask` answers, asked again once it is older than `goodFor` milliseconds. For public data only. */
  async remembered<T>(name: string, goodFor: number, ask: () => Promise<T>): Promise<T> {
    const now = this.#parts.clock.now()
    const known = this.#memory.get(name)
    if (known !== undefined && now - known.at <= goodFor) return (await known.value) as T
    const value = ask()
    this.#memory.set(name, { value, at: now })
    // A failure is not worth remembering.
    value.catch(() => this.#memory.delete(name))
    return await value
  }

  /** A call for the running tenant. Rejects `venue_refused_key`, `venue_unavailable`, `not_attached`. */
  async private(endpoint: string, params: Params = {}): Promise<unknown> {
    this.#parts.tenants.current()
    await this.ready()
    return await this.#persist(endpoint, params, true)
  }

  /** A call that needs no key, and carries none. */
  async public(endpoint: string, params: Params = {}): Promise<unknown> {
    return await this.#persist(endpoint, params, false)
  }

  async #persist(endpoint: string, params: Params, signed: boolean): Promise<unknown> {
    let timeMeasured = false
    const giveUpAt = this.#parts.clock.now() + LONGEST_PERSISTENCE
    for (let attempt = 0; ; attempt += 1) {
      const refusal = await this.#attempt(endpoint, params, signed)
      if (!(refusal instanceof Refused)) return refusal
      const { failure } = refusal
      if (failure === 'rejected') {
        throw new EnclaveError('venue_answer_invalid', 'the venue rejected a request as wrong')
      }
      if (signed && (failure === 'clock' || failure === 'refused') && !timeMeasured) {
        timeMeasured = true
        // A wrong clock makes a good key look bad at venues that only say "unauthorised".
        if ((await this.#measureTime()) || failure === 'clock') continue
      }
      if (failure === 'refused') throw new EnclaveError('venue_refused_key', 'the venue does not accept this key')
      await this.#pause(attempt, refusal, giveUpAt)
    }
  }

  async #attempt(endpoint: string, params: Params, signed: boolean): Promise<unknown> {
    const call = async (): Promise<unknown> => await this.#endpoint(endpoint)({ ...params })
    try {
      return signed && this.#rules.perKey ? await this.#parts.tenants.inTurn(call) : await call()
    } catch (error) {
      if (error instanceof Refused) return error
      if (!(error instanceof EnclaveError)) throw new EnclaveError('internal', 'a call to a venue could not be made')
      if (error.code === 'venue_unavailable' && error.retryAfterSeconds === undefined) {
        return new Refused('unavailable', null)
      }
      throw error
    }
  }

  async #pause(attempt: number, { failure, retryAfterSeconds }: Refused, giveUpAt: number): Promise<void> {
    const { clock, pace, sleep } = this.#parts
    const asked = retryAfterSeconds === null ? 0 : retryAfterSeconds * 1000
    // Everybody behind the same limit stops, not only the one who was told.
    if (failure === 'busy' && asked > 0) pace.stop(this.#scope(), asked)
    const usual = PAUSES[attempt]
    if (asked > LONGEST_PAUSE) throw comeBack(asked)
    if (usual === undefined || clock.now() + usual > giveUpAt) {
      throw new EnclaveError('venue_unavailable', 'the venue kept failing')
    }
    await sleep(Math.max(asked, usual))
  }

  async #send(request: SignedRequest): Promise<unknown> {
    const answer = await this.#parts.fetch({ ...request, headers: this.#withKey(request.headers) })
    const body = bodyOf(answer)
    const failure = failureOfStatus(answer.status, body) ?? this.#rules.diagnose(answer.status, body)
    if (failure !== null) throw new Refused(failure, answer.retryAfterSeconds)
    return body
  }

  /** The API key is a string only here, for one request, as Node's HTTP client wants it. */
  #withKey(headers: Readonly<Record<string, string>>): Record<string, string> {
    const sent: Record<string, string> = {}
    for (const [name, value] of Object.entries(headers)) {
      sent[name] = value === KEY_PLACEHOLDER ? this.#parts.tenants.current().apiKey.toString('latin1') : value
    }
    return sent
  }

  #sign(message: Uint8Array): string {
    const { key } = this.#parts.tenants.current()
    const { hash, encoding } = this.#rules.mac
    if (key.type === 'secret') return createHmac(hash, key).update(message).digest(encoding)
    // Binance's Ed25519 and RSA keys: base64 in a query, so escaped.
    const algorithm = key.asymmetricKeyType === 'ed25519' ? null : hash
    return encodeURIComponent(signWith(algorithm, message, key).toString('base64'))
  }

  /** Kraken wants each number greater than the last: the time in nanoseconds, one more when that has not moved. */
  #nonce(): string {
    if (!this.#rules.perKey) return String(this.now())
    const { line } = this.#parts.tenants.current()
    const time = BigInt(this.#parts.clock.now()) * 1_000_000n
    line.lastNonce = time > line.lastNonce ? time : line.lastNonce + 1n
    return String(line.lastNonce)
  }

  #scope(): string {
    return (this.#rules.perKey ? this.#parts.tenants.currentLine() : null) ?? 'address'
  }

  /** True when the difference was not what we believed, by more than a second. */
  async #measureTime(): Promise<boolean> {
    const { clock } = this.#parts
    const { endpoint, parse } = this.#rules.time
    const before = clock.now()
    const theirs = parse(await this.#persist(endpoint, {}, false))
    const after = clock.now()
    const skew = theirs - Math.round((before + after) / 2)
    const moved = Math.abs(skew - this.#skew) > 1_000
    this.#skew = skew
    this.#skewAt = after
    return moved
  }
}

function bodyOf(answer: Answer): unknown {
  try {
    return parseLosslessJson(answer.body)
  } catch {
    return null
  }
}
