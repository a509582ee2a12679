/**
 * Coinbase Advanced Trade. Fills come newest first behind the venue's cursor; once caught up, each further walk asks
 * only for what was recorded since an hour before the newest fill seen. Deposits, withdrawals, rewards and the like are the
 * transactions of each account of the v2 API, walked oldest first behind the last final one.
 */
import type { DailyClose, Decimal } from '@perf-aggregator/performance'
import { EnclaveError } from '../../../errors.ts'
import type { Cursor, KeyReport, Page, StreamName, VenueClient } from '../../../ports/venue.ts'
import type { Tenants } from '../../tenants.ts'
import type { Params } from '../ccxt.ts'
import type { Connection } from '../connection.ts'
import { cursorNumber, cursorText } from '../cursor.ts'
import { daySpans } from '../day.ts'
import { Walks } from '../walks.ts'
import type { CoinbasePage } from './parse.ts'
import {
  parseAccountIds,
  parseBalances,
  parseDailyCloses,
  parseFills,
  parseKeyReport,
  parseProducts,
  parseTransactions,
} from './parse.ts'

const FILLS_PER_PAGE = 3_000
const OVERLAP_MS = 3_600_000
const PRODUCTS_GOOD_FOR = 3_600_000
const FLOWS = 'flows:'
/** Candles per answer. */
const MOST_CANDLES = 300

export class CoinbaseClient implements VenueClient {
  readonly venue = 'coinbase'
  readonly #connection: Connection
  readonly #tenants: Tenants
  readonly #walks = new Walks()

  constructor(connection: Connection, tenants: Tenants) {
    this.#connection = connection
    this.#tenants = tenants
  }

  async checkKey(): Promise<KeyReport> {
    return parseKeyReport(await this.#connection.private('v3PrivateGetBrokerageKeyPermissions'))
  }

  async streams(): Promise<readonly StreamName[]> {
    const ids = await this.#all((after) =>
      this.#connection
        .private('v2PrivateGetAccounts', { limit: 100, ...(after === null ? {} : { starting_after: after }) })
        .then(parseAccountIds),
    )
    return ['fills', ...ids.map((id) => FLOWS + id)]
  }

  async page(account: string, stream: StreamName, cursor: Cursor | null): Promise<Page> {
    if (stream === 'fills') return await this.#fills(account, cursor)
    if (stream.startsWith(FLOWS)) return await this.#flows(account, stream.slice(FLOWS.length), cursor)
    throw new EnclaveError('internal', 'no such stream at this venue')
  }

  async balances(): Promise<readonly { readonly asset: string; readonly total: Decimal }[]> {
    return await this.#all((after) =>
      this.#connection
        .private('v3PrivateGetBrokerageAccounts', { limit: 250, ...(after === null ? {} : { cursor: after }) })
        .then(parseBalances),
    )
  }

  async dailyCloses(markets: readonly string[], fromDay: string, toDay: string): Promise<readonly DailyClose[]> {
    const products = await this.#products()
    const closes: DailyClose[] = []
    for (const product of markets.map((market) => market.replace('/', '-'))) {
      if (!products.has(product)) continue
      for (const { first, last } of daySpans(fromDay, toDay, MOST_CANDLES)) {
        const answer = await this.#connection.public('v3PublicGetBrokerageMarketProductsProductIdCandles', {
          product_id: product,
          granularity: 'ONE_DAY',
          start: String(first / 1000),
          end: String(last / 1000),
        })
        closes.push(...parseDailyCloses(answer, product))
      }
    }
    return closes.filter(({ day }) => day >= fromDay && day <= toDay)
  }

  /** `since`: milliseconds, 0 for all; `newest`: the newest instant seen; `next`: the venue's cursor, '' at a walk's beginning. */
  async #fills(account: string, cursor: Cursor | null): Promise<Page> {
    const tenant = this.#tenants.current()
    const since = cursor === null ? 0 : cursorNumber(cursor, 'since')
    const newest = cursor === null ? 0 : cursorNumber(cursor, 'newest')
    let next = cursor === null ? '' : cursorText(cursor, 'next')
    let walk = this.#walks.find(tenant, 'fills', String(since))
    if (walk === null) {
      walk = this.#walks.begin(tenant, 'fills', String(since))
      next = ''
    }
    const params: Params = {
      limit: FILLS_PER_PAGE,
      ...(since === 0 ? {} : { start_sequence_timestamp: new Date(since).toISOString() }),
      ...(next === '' ? {} : { cursor: next }),
    }
    const answer = await this.#connection.private('v3PrivateGetBrokerageOrdersHistoricalFills', params)
    const page = parseFills(answer, account)
    const seenNewest = page.items.reduce((latest, { at }) => Math.max(latest, Math.floor(at / 1000)), newest)
    if (page.next !== null && page.next === next) {
      throw new EnclaveError('venue_unavailable', "the venue's cursor does not move")
    }
    const step = walk.take(
      page.items.map(({ tradeId }) => tradeId),
      page.next === null,
      null,
    )
    const position = { since, newest: seenNewest, next: step === 'go_on' ? (page.next ?? '') : '' }
    if (step !== 'complete') return { events: page.items, cursor: position, more: true }
    this.#walks.end(tenant, 'fills')
    const from = Math.max(0, seenNewest - OVERLAP_MS)
    return { events: page.items, cursor: { since: from, newest: seenNewest, next: '' }, more: false }
  }

  /**
   * `after`: the id to go on behind; `kept`: the id the next look begins behind. It stops in front of the first
   * transaction that is not final, so that its completion is seen however long it takes.
   */
  async #flows(account: string, accountId: string, cursor: Cursor | null): Promise<Page> {
    const after = cursor === null ? '' : cursorText(cursor, 'after')
    let kept = cursor === null ? '' : cursorText(cursor, 'kept')
    let waiting = cursor?.['waiting'] === true
    const answer = await this.#connection.private('v2PrivateGetAccountsAccountIdTransactions', {
      account_id: accountId,
      limit: 100,
      order: 'asc',
      ...(after === '' ? {} : { starting_after: after }),
    })
    const page = parseTransactions(answer, account)
    for (const { id, pending } of page.items) {
      waiting ||= pending
      if (!waiting) kept = id
    }
    const events = page.items.map(({ flow }) => flow).filter((flow) => flow !== null)
    const lastId = page.items.at(-1)?.id
    if (lastId === undefined || page.next === null) {
      return { events, cursor: { after: kept, kept, waiting: false }, more: false }
    }
    return { events, cursor: { after: lastId, kept, waiting }, more: true }
  }

  async #products(): Promise<ReadonlySet<string>> {
    return await this.#connection.remembered('products', PRODUCTS_GOOD_FOR, async () =>
      parseProducts(await this.#connection.public('v3PublicGetBrokerageMarketProducts')),
    )
  }

  async #all<T>(page: (after: string | null) => Promise<CoinbasePage<T>>): Promise<readonly T[]> {
    const items: T[] = []
    let after: string | null = null
    do {
      const { items: found, next }: CoinbasePage<T> = await page(after)
      items.push(...found)
      // A cursor that does not move would be asked for ever.
      after = next === after ? null : next
    } while (after !== null)
    return items
  }
}
