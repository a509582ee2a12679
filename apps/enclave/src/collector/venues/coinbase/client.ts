/**
 * Coinbase Advanced Trade. Fills come newest first behind the venue's cursor; once caught up, each further walk asks
 * only for what was recorded since an hour before the newest fill seen. Deposits, withdrawals, rewards and the like are
 * the transactions of each account of the v2 API, newest first behind the last id: what is added meanwhile shifts nothing.
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
const NOTHING_PENDING = Number.MAX_SAFE_INTEGER
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
    const accounts = await this.#all((after) =>
      this.#connection
        .private('v3PrivateGetBrokerageAccounts', { limit: 250, ...(after === null ? {} : { cursor: after }) })
        .then(parseBalances),
    )
    // Two pages may both show an account: it is held once. Several of one asset are several balances.
    return [...new Map(accounts.map(({ id, asset, total }) => [id, { asset, total }])).values()]
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
    if (page.next !== null && page.next === next) throw stuck()
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
   * `after`: the id to go on behind, '' at the newest; `until`: the walk ends at what is older (milliseconds); `newest` and
   * `pending`: the newest instant and the oldest one not final seen in this walk. The next walk goes back to an hour
   * before the newest, and further to whatever was pending, so that its completion is seen however long it takes.
   */
  async #flows(account: string, accountId: string, cursor: Cursor | null): Promise<Page> {
    const after = cursor === null ? '' : cursorText(cursor, 'after')
    const until = cursor === null ? 0 : cursorNumber(cursor, 'until')
    let newest = cursor === null ? 0 : cursorNumber(cursor, 'newest')
    let pending = cursor === null ? NOTHING_PENDING : cursorNumber(cursor, 'pending')
    const answer = await this.#connection.private('v2PrivateGetAccountsAccountIdTransactions', {
      account_id: accountId,
      limit: 100,
      ...(after === '' ? {} : { starting_after: after }),
    })
    const page = parseTransactions(answer, account)
    for (const transaction of page.items) {
      newest = Math.max(newest, transaction.createdAt)
      if (transaction.pending) pending = Math.min(pending, transaction.createdAt)
    }
    const events = page.items.map(({ flow }) => flow).filter((flow) => flow !== null)
    const oldest = page.items.at(-1)?.createdAt ?? 0
    if (page.next !== null && page.next === after) throw stuck()
    if (page.next === null || oldest < until) {
      const back = Math.max(0, Math.min(newest - OVERLAP_MS, pending))
      return { events, cursor: { after: '', until: back, newest, pending: NOTHING_PENDING }, more: false }
    }
    return { events, cursor: { after: page.next, until, newest, pending }, more: true }
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
      if (next !== null && next === after) throw stuck()
      after = next
    } while (after !== null)
    return items
  }
}

/** A cursor that does not move would be asked for ever. */
function stuck(): EnclaveError {
  return new EnclaveError('venue_unavailable', "the venue's cursor does not move")
}
