/** Binance Spot: what the collector asks of it. Which markets are read is decided in `markets.ts`, how in `fills.ts` and `flows.ts`. */
import type { AccountEvent, DailyClose, Decimal } from '@perf-aggregator/performance'
import type { Cursor, KeyReport, Page, StreamName, VenueClient } from '../../../ports/venue.ts'
import type { Tenant, Tenants } from '../../tenants.ts'
import type { Connection } from '../connection.ts'
import { DAY_MS, dayStart } from '../day.ts'
import { invalidAnswer } from '../fields.ts'
import type { FillsCursor } from './fills.ts'
import { advance, FILLS_START, readFillsCursor } from './fills.ts'
import { BinanceFlows, isFlowStream } from './flows.ts'
import { FILLS, SWEEP, sweepAfter, watchedSymbols } from './markets.ts'
import type { BinanceMarket } from './parse.ts'
import { parseAccountUid, parseBalances, parseDailyCloses, parseFills, parseKeyReport, parseMarkets } from './parse.ts'

const FILLS_PER_PAGE = 1_000
const MARKETS_GOOD_FOR = 3_600_000
const MOST_CANDLES = 1_000
/** Markets the sweep may visit for one page, while they are empty. */
const SWEEP_STRIDE = 20
/** The sweep begins again this long after it ended. */
const SWEEP_REST = DAY_MS

/** What was learnt about one account since it was attached. Only names; rebuilt from the cursors after a restart. */
interface Knowledge {
  readonly assets: Set<string>
  /** Symbols in which the sweep found fills. */
  readonly found: Set<string>
  /** Symbols that have a stream of their own, so that the sweep passes them over. */
  watched: ReadonlySet<string>
}

export class BinanceClient implements VenueClient {
  readonly venue = 'binance'
  readonly #connection: Connection
  readonly #tenants: Tenants
  readonly #flows: BinanceFlows
  readonly #knowledge = new WeakMap<Tenant, Knowledge>()

  constructor(connection: Connection, tenants: Tenants) {
    this.#connection = connection
    this.#tenants = tenants
    this.#flows = new BinanceFlows(connection, tenants)
  }

  async checkKey(): Promise<KeyReport> {
    const restrictions = await this.#connection.private('sapiGetAccountApiRestrictions')
    return parseKeyReport(restrictions, parseAccountUid(await this.#account()))
  }

  async streams(hint: { readonly symbols: readonly string[] }): Promise<readonly StreamName[]> {
    const knowledge = this.#learnt()
    for (const { asset } of await this.balances()) knowledge.assets.add(asset)
    const symbols = watchedSymbols(await this.#markets(), hint.symbols, knowledge.assets, knowledge.found)
    knowledge.watched = new Set([...knowledge.watched, ...symbols])
    // Flows first: what was deposited says where to look. The sweep last: it skips what the others cover.
    return ['deposits', 'withdrawals', ...[...knowledge.watched].map((symbol) => FILLS + symbol), SWEEP]
  }

  async page(account: string, stream: StreamName, cursor: Cursor | null): Promise<Page> {
    const page = await this.#read(account, stream, cursor)
    const { assets } = this.#learnt()
    for (const event of page.events) for (const asset of assetsOf(event)) assets.add(asset)
    return page
  }

  async balances(): Promise<readonly { readonly asset: string; readonly total: Decimal }[]> {
    return parseBalances(await this.#account())
  }

  async dailyCloses(markets: readonly string[], fromDay: string, toDay: string): Promise<readonly DailyClose[]> {
    const known = await this.#markets()
    const closes: DailyClose[] = []
    for (const name of markets) {
      const market = known.get(name.replace('/', ''))
      if (market === undefined || `${market.base}/${market.quote}` !== name) continue
      for (let start = dayStart(fromDay); start <= dayStart(toDay); start += MOST_CANDLES * DAY_MS) {
        const params = {
          symbol: market.symbol,
          interval: '1d',
          startTime: start,
          endTime: Math.min(dayStart(toDay), start + (MOST_CANDLES - 1) * DAY_MS),
          limit: MOST_CANDLES,
        }
        closes.push(...parseDailyCloses(await this.#connection.public('publicGetKlines', params), market))
      }
    }
    return closes.filter(({ day }) => day >= fromDay && day <= toDay)
  }

  async #read(account: string, stream: StreamName, cursor: Cursor | null): Promise<Page> {
    if (isFlowStream(stream)) return await this.#flows.page(account, stream, cursor)
    if (stream === SWEEP) return await this.#sweep(account, cursor)
    const market = (await this.#markets()).get(stream.slice(FILLS.length))
    // A market that was delisted meanwhile answers no more; its fills were collected while it did.
    if (market === undefined) return { events: [], cursor: { ...readFillsCursor(cursor) }, more: false }
    const { events, next, more } = await this.#fills(account, market, readFillsCursor(cursor))
    return { events, cursor: { ...next }, more }
  }

  async #fills(account: string, market: BinanceMarket, from: FillsCursor) {
    const params = { symbol: market.symbol, fromId: from.at, limit: FILLS_PER_PAGE }
    const events = parseFills(await this.#connection.private('privateGetMyTrades', params), account, market)
    return { events, ...advance(from, events) }
  }

  /**
   * Cursor: the position in the list (`symbol` was finished) or within `inside`; `found` names every symbol that had
   * fills, so that they get a stream of their own even after a restart; `restUntil` while nothing is to be done.
   */
  async #sweep(account: string, cursor: Cursor | null): Promise<Page> {
    const knowledge = this.#learnt()
    const state = readSweep(cursor)
    for (const symbol of state.found) knowledge.found.add(symbol)
    const now = this.#connection.now()
    if (state.inside === null && state.restUntil > now) return { events: [], cursor: writeSweep(state), more: false }
    const markets = await this.#markets()
    const ahead =
      state.inside === null
        ? sweepAfter(markets, knowledge.watched, state.symbol).slice(0, SWEEP_STRIDE)
        : [state.inside]
    let { symbol } = state
    for (const name of ahead) {
      const market = markets.get(name)
      if (market === undefined) throw invalidAnswer('symbol')
      const from = name === state.inside ? state.position : FILLS_START
      const { events, next: position, more } = await this.#fills(account, market, from)
      if (more) {
        const found = new Set(state.found).add(name)
        return {
          events,
          cursor: writeSweep({ ...state, symbol, inside: name, position, found, restUntil: 0 }),
          more: true,
        }
      }
      symbol = name
    }
    const rest = { ...state, inside: null, position: FILLS_START }
    if (ahead.length > 0) return { events: [], cursor: writeSweep({ ...rest, symbol, restUntil: 0 }), more: true }
    return { events: [], cursor: writeSweep({ ...rest, symbol: '', restUntil: now + SWEEP_REST }), more: false }
  }

  async #account(): Promise<unknown> {
    return await this.#connection.private('privateGetAccount', { omitZeroBalances: true })
  }

  async #markets(): Promise<ReadonlyMap<string, BinanceMarket>> {
    return await this.#connection.remembered('markets', MARKETS_GOOD_FOR, async () =>
      parseMarkets(await this.#connection.public('publicGetExchangeInfo')),
    )
  }

  #learnt(): Knowledge {
    const tenant = this.#tenants.current()
    const known = this.#knowledge.get(tenant)
    if (known !== undefined) return known
    const fresh = { assets: new Set<string>(), found: new Set<string>(), watched: new Set<string>() }
    this.#knowledge.set(tenant, fresh)
    return fresh
  }
}

interface Sweep {
  readonly symbol: string
  readonly inside: string | null
  readonly position: FillsCursor
  readonly found: ReadonlySet<string>
  readonly restUntil: number
}

function readSweep(cursor: Cursor | null): Sweep {
  if (cursor === null) return { symbol: '', inside: null, position: FILLS_START, found: new Set(), restUntil: 0 }
  const { symbol, inside, found, restUntil } = cursor
  return {
    symbol: typeof symbol === 'string' ? symbol : '',
    inside: typeof inside === 'string' ? inside : null,
    position: readFillsCursor(cursor),
    found: new Set(typeof found === 'string' && found !== '' ? found.split(',') : []),
    restUntil: typeof restUntil === 'number' ? restUntil : 0,
  }
}

function writeSweep({ symbol, inside, position, found, restUntil }: Sweep): Cursor {
  return { ...position, symbol, inside, found: [...found].join(','), restUntil }
}

function assetsOf(event: AccountEvent): readonly string[] {
  return event.kind === 'fill' ? [event.base, event.quote] : [event.asset]
}
