import { amount } from '../amount/amount.ts'
import { PriceBoard } from '../market/market.ts'
import { DAY_MS, PricePath } from '../market/price-path.ts'
import { Seeded } from '../random/seeded.ts'
import { Account } from './account.ts'
import type { VenueProfile } from './profile.ts'
import { Trader } from './trader.ts'

export interface HistoryOptions {
  readonly seed: string
  readonly profile: VenueProfile
  /** Milliseconds since 1970 at which the invented history ends. */
  readonly endsAt: number
  readonly days: number
  readonly fills: number
}

/** A trader with a past, and the prices it traded at. */
export interface History {
  readonly trader: Trader
  readonly board: PriceBoard
  /** First day of the venue's candles, milliseconds since 1970. */
  readonly listedAt: number
}

/** Days of candles before the first deposit. */
export const CANDLE_LEAD_DAYS = 30

/** Invents a history: planned flows, and orders spread evenly with jitter until `fills` fills are booked. */
export function inventHistory(options: HistoryOptions): History {
  const { profile, endsAt, days, fills } = options
  const random = new Seeded(`${options.seed}/${profile.venue}`)
  const startsAt = endsAt - days * DAY_MS
  const board = new PriceBoard(pricePaths(profile, random, startsAt))
  const trader = new Trader(profile, new Account(), board, random.branch('trader'))
  const planned = [...profile.flows].sort((a, b) => a.when - b.when)
  const jitter = random.branch('times')
  let booked = 0
  let nextFlow = 0
  // Flows are interleaved by time, so that no order is paid with a deposit still to come.
  while (booked < fills || nextFlow < planned.length) {
    const at = startsAt + tradingTime(booked, fills, endsAt - startsAt, jitter.integer(0, 999))
    const flow = planned[nextFlow]
    const flowAt = flow === undefined ? Number.POSITIVE_INFINITY : flowTime(startsAt, endsAt, flow.when)
    if (flow !== undefined && (flowAt <= at || booked >= fills)) {
      const { direction, asset, status } = flow
      const move = { direction, asset, at: flowAt * 1000, amount: amount(flow.amount), fee: amount(flow.fee) }
      trader.flow({ ...move, status: status ?? 'done' })
      nextFlow += 1
      continue
    }
    const placed = trader.order(at, { most: fills - booked, spread: true })
    if (placed.length === 0) throw new Error(`${profile.venue}: the invented account ran out of money`)
    booked += placed.length
  }
  return { trader, board, listedAt: startsAt - CANDLE_LEAD_DAYS * DAY_MS }
}

function pricePaths(profile: VenueProfile, random: Seeded, startsAt: number): ReadonlyMap<string, PricePath> {
  const day = Math.floor(startsAt / DAY_MS)
  return new Map(
    profile.assets.map(({ asset, usd, volatility }) => {
      return [asset, new PricePath(random.branch('prices'), asset, { day, close: amount(usd) }, volatility)]
    }),
  )
}

/** Evenly between the first hundredth and the last minute of the period, each slot jittered within itself. */
function tradingTime(index: number, count: number, period: number, jitter: number): number {
  const slot = (period * 0.985) / Math.max(count, 1)
  return Math.floor(period * 0.01 + slot * index + (slot * jitter) / 1000)
}

/** Whole seconds: some venues report flows no finer. */
function flowTime(startsAt: number, endsAt: number, thousandths: number): number {
  return Math.floor((startsAt + ((endsAt - startsAt) * thousandths) / 1000) / 1000) * 1000
}
