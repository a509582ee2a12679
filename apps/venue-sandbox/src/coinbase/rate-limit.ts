import { Refusal } from '../exchange/message.ts'

const PRIVATE_PER_SECOND = 30
const PUBLIC_PER_SECOND = 10

/** Requests in the running second, private ones per key, public ones for everybody. */
export class RateLimit {
  readonly #scale: number
  readonly #used = new Map<string, { second: number; count: number }>()

  constructor(scale: number) {
    this.#scale = scale
  }

  spend(apiKey: string | null, now: number): void {
    const name = apiKey ?? ''
    const limit = (apiKey === null ? PUBLIC_PER_SECOND : PRIVATE_PER_SECOND) * this.#scale
    const second = Math.floor(now / 1000)
    const before = this.#used.get(name)
    const count = before?.second === second ? before.count + 1 : 1
    this.#used.set(name, { second, count })
    if (count > limit) throw new Refusal(rateLimited(1))
  }
}

export function rateLimited(retryAfter: number): { status: number; headers: Record<string, string>; body: unknown } {
  return {
    status: 429,
    headers: { 'retry-after': String(retryAfter) },
    body: { error: 'rate_limit_exceeded', error_details: 'Too many requests', message: 'Too many requests' },
  }
}
