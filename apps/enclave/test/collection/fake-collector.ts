/** A FAKE collector for tests of collection: a scripted account, no child process, no venue, no secrets. */
import type { AccountEvent, Fill } from '@perf-aggregator/performance'
import { EnclaveError } from '../../src/errors.ts'
import type { Collector } from '../../src/ports/collector.ts'
import type { Cursor } from '../../src/ports/venue.ts'

export function fill(n: number, changes: Partial<Fill> = {}): Fill {
  return {
    kind: 'fill',
    account: 'acct',
    venue: 'binance',
    product: 'spot',
    market: 'BTC/USDT',
    base: 'BTC',
    quote: 'USDT',
    tradeId: String(n),
    orderId: String(n),
    at: 1_700_000_000_000_000 + n,
    side: 'buy',
    quantity: '0.5',
    price: '100.25',
    fees: [],
    execution: 'trade',
    ...changes,
  }
}

export class FakeCollector implements Collector {
  /** What each stream will show, oldest first. */
  readonly histories: Record<string, AccountEvent[]>
  pageSize = 3
  /** Events re-delivered at the start of each page. */
  overlap = 0
  balance = '1'
  /** Called before every venue call; may throw, may add events. */
  before: (call: string) => void = () => {}
  attached = true
  attachments = 0

  constructor(histories: Record<string, AccountEvent[]>) {
    this.histories = histories
  }

  #call(name: string): void {
    if (!this.attached) throw new EnclaveError('not_attached', 'no such tenant')
    this.before(name)
  }

  streams(): Promise<readonly string[]> {
    this.#call('streams')
    return Promise.resolve(Object.keys(this.histories))
  }

  page(_session: string, _account: string, stream: string, cursor: Cursor | null): ReturnType<Collector['page']> {
    this.#call(`page ${stream}`)
    const history = this.histories[stream] ?? []
    const from = Number(cursor?.['next'] ?? 0)
    const events = history.slice(Math.max(0, from - this.overlap), from + this.pageSize)
    const next = Math.min(from + this.pageSize, history.length)
    return Promise.resolve({ events, cursor: { next }, more: next < history.length })
  }

  balances(): ReturnType<Collector['balances']> {
    this.#call('balances')
    return Promise.resolve([{ asset: 'BTC', total: this.balance }])
  }

  attach(): Promise<void> {
    this.attached = true
    this.attachments += 1
    return Promise.resolve()
  }

  detach(): Promise<void> {
    this.attached = false
    return Promise.resolve()
  }

  dailyCloses(): ReturnType<Collector['dailyCloses']> {
    return Promise.resolve([])
  }

  keys(): ReturnType<Collector['keys']> {
    return Promise.reject(new Error('this fake makes no keys'))
  }

  open(): ReturnType<Collector['open']> {
    return Promise.reject(new Error('this fake opens no submissions'))
  }

  checkKey(): ReturnType<Collector['checkKey']> {
    return Promise.reject(new Error('this fake checks no keys'))
  }

  purge(): Promise<void> {
    this.attached = false
    return Promise.resolve()
  }

  follow(): void {}

  stop(): Promise<void> {
    return Promise.resolve()
  }
}
