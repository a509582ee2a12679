/**
 * Kraken Spot. Fills and the ledger come newest first, 50 at a time by offset: within a window whose end is fixed at the
 * venue's time, so that what happens meanwhile cannot shift the pages; the venue's own count says whether all came.
 * Once caught up, each further window begins an hour before the last one ended, for entries that appear late.
 */
import type { AccountEvent, DailyClose, Decimal } from '@perf-aggregator/performance'
import { EnclaveError } from '../../../errors.ts'
import type { Cursor, KeyReport, Page, StreamName, VenueClient } from '../../../ports/venue.ts'
import type { Tenants } from '../../tenants.ts'
import type { Connection } from '../connection.ts'
import { cursorNumber } from '../cursor.ts'
import { dayStart } from '../day.ts'
import type { Walk } from '../walk.ts'
import { Walks } from '../walks.ts'
import type { KrakenMarket, KrakenPage } from './parse.ts'
import {
  parseBalances,
  parseDailyCloses,
  parseFill,
  parseFlow,
  parseKeyReport,
  parseMarkets,
  parsePage,
} from './parse.ts'

const OVERLAP_SECONDS = 3_600
const MARKETS_GOOD_FOR = 3_600_000
const MINUTES_PER_DAY = 1440

export class KrakenClient implements VenueClient {
  readonly venue = 'kraken'
  readonly #connection: Connection
  readonly #tenants: Tenants
  readonly #walks = new Walks()

  constructor(connection: Connection, tenants: Tenants) {
    this.#connection = connection
    this.#tenants = tenants
  }

  async checkKey(): Promise<KeyReport> {
    return parseKeyReport(await this.#connection.private('privatePostGetApiKeyInfo'))
  }

  async streams(): Promise<readonly StreamName[]> {
    return ['fills', 'ledger']
  }

  async page(account: string, stream: StreamName, cursor: Cursor | null): Promise<Page> {
    if (stream === 'fills') {
      const markets = await this.#knownMarkets()
      return await this.#walkOn(stream, cursor, 'privatePostTradesHistory', 'trades', (id, fields) =>
        parseFill(id, fields, account, markets),
      )
    }
    if (stream === 'ledger') {
      return await this.#walkOn(stream, cursor, 'privatePostLedgers', 'ledger', (id, fields) =>
        parseFlow(id, fields, account),
      )
    }
    throw new EnclaveError('internal', 'no such stream at this venue')
  }

  async balances(): Promise<readonly { readonly asset: string; readonly total: Decimal }[]> {
    return parseBalances(await this.#connection.private('privatePostBalance'))
  }

  async dailyCloses(markets: readonly string[], fromDay: string, toDay: string): Promise<readonly DailyClose[]> {
    const known = await this.#knownMarkets()
    const byMarket = new Map([...known.values()].map((market) => [`${market.base}/${market.quote}`, market]))
    const closes: DailyClose[] = []
    for (const name of markets) {
      const market = byMarket.get(name)
      if (market === undefined) continue
      // `since` is exclusive.
      const since = Math.floor(dayStart(fromDay) / 1000) - 1
      const params = { pair: market.pair, interval: MINUTES_PER_DAY, since }
      const series = parseDailyCloses(await this.#connection.public('publicGetOHLC', params), market)
      closes.push(...series.filter(({ day }) => day >= fromDay && day <= toDay))
    }
    return closes
  }

  async #walkOn(
    stream: StreamName,
    cursor: Cursor | null,
    endpoint: string,
    list: 'trades' | 'ledger',
    parse: (id: string, fields: KrakenPage['entries'][number]['fields']) => AccountEvent | null,
  ): Promise<Page> {
    const { window, walk } = await this.#resume(stream, cursor)
    const answer = await this.#connection.private(endpoint, {
      start: window.start,
      end: window.end,
      ofs: walk.position,
    })
    const { entries, count } = parsePage(answer, list)
    const events = entries.map(({ id, fields }) => parse(id, fields)).filter((event) => event !== null)
    const step = walk.take(
      entries.map(({ id }) => id),
      entries.length === 0,
      count,
    )
    if (step !== 'complete') return { events, cursor: { ...window, open: true }, more: true }
    this.#walks.end(this.#tenants.current(), stream)
    const gap = walk.isShort ? { gap: { from: instant(window.start), to: instant(window.end) } } : {}
    return { events, cursor: { ...window, open: false }, more: false, ...gap }
  }

  /** The window being walked, or the next one. `start` is exclusive at Kraken and `end` inclusive, in seconds. */
  async #resume(
    stream: StreamName,
    cursor: Cursor | null,
  ): Promise<{ readonly window: { readonly start: number; readonly end: number }; readonly walk: Walk }> {
    const tenant = this.#tenants.current()
    if (cursor?.['open'] === true) {
      const window = { start: cursorNumber(cursor, 'start'), end: cursorNumber(cursor, 'end') }
      const name = `${window.start}..${window.end}`
      return { window, walk: this.#walks.find(tenant, stream, name) ?? this.#walks.begin(tenant, stream, name) }
    }
    await this.#connection.ready()
    const start = cursor === null ? 0 : Math.max(0, cursorNumber(cursor, 'end') - OVERLAP_SECONDS)
    // Kraken tells its time in whole seconds, so that it may be one further than it seems, and within that one.
    const window = { start, end: Math.floor(this.#connection.now() / 1000) + 2 }
    return { window, walk: this.#walks.begin(tenant, stream, `${window.start}..${window.end}`) }
  }

  async #knownMarkets(): Promise<ReadonlyMap<string, KrakenMarket>> {
    return await this.#connection.remembered('markets', MARKETS_GOOD_FOR, async () =>
      parseMarkets(await this.#connection.public('publicGetAssetPairs')),
    )
  }
}

function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
