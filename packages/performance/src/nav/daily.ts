/** What all accounts together were worth at the end of every UTC day, and what came in and went out. */
import { type DayNumber, dayOf } from '../day.ts'
import { parseDecimal, type Scaled } from '../decimal/parse.ts'
import type { AccountEvent, BalanceSnapshot } from '../events.ts'
import { isExternal } from '../fills/external.ts'
import { postingsOf } from '../fills/postings.ts'
import { readFlow } from '../fills/read.ts'
import type { Shortfall } from '../lots/lot.ts'
import { timesPrice } from '../lots/state.ts'
import type { DayFlag } from '../result.ts'
import { Balances } from './balances.ts'
import type { PriceBook } from './price-book.ts'

/** Money scale, as every bigint here. */
export interface ValuedDay {
  readonly day: DayNumber
  /** Null when something held had no price. */
  readonly nav: bigint | null
  /** External flows, unattributed value included. */
  readonly inflow: bigint
  readonly outflow: bigint
  /** Holdings of accounts whose history begins on this day. */
  readonly opening: bigint
  /** The external flows of the day one by one; null when something held at one of them had no price. */
  readonly flows: readonly ValuedFlow[] | null
  readonly flags: ReadonlySet<DayFlag>
}

/** Money scale. */
export interface ValuedFlow {
  /** What all accounts were worth right before it, with all that is unattributed on this day. */
  readonly before: bigint
  /** Above zero in, below zero out. */
  readonly amount: bigint
  /** Something was below zero then: the venue tells of trades before it tells of what paid for them. */
  readonly overdrawn: boolean
}

export interface DailyValues {
  readonly days: readonly ValuedDay[]
  /** Balances at the end of the last day, unattributed holdings included. */
  readonly balances: Balances
  readonly cashShortfalls: number
  readonly unattributedValue: bigint
  /** Held or moved, and never with a price. */
  readonly unpricedAssets: ReadonlySet<string>
}

export interface DailyInput {
  readonly from: DayNumber
  readonly to: DayNumber
  readonly openings: readonly BalanceSnapshot[]
  /** Canonical order. */
  readonly events: readonly AccountEvent[]
  /** What the book could not explain, in the order it met it. */
  readonly shortfalls: readonly Shortfall[]
  readonly prices: PriceBook
}

export function dailyValues(input: DailyInput): DailyValues {
  const { from, to, events, shortfalls, prices } = input
  const balances = new Balances()
  const unpricedAssets = new Set<string>()
  const openings = openingsByDay(input)
  const days: ValuedDay[] = []
  let cashShortfalls = 0
  let unattributedValue = 0n
  let nextEvent = 0
  let nextShortfall = 0

  for (let day = from; day <= to; day++) {
    const flags = new Set<DayFlag>()
    let opening = 0n
    let inflow = 0n
    let outflow = 0n
    for (const { account, asset, total } of openings.get(day) ?? []) {
      balances.post(account, asset, total)
      opening += flowValue(prices, asset, total, day)
    }
    const flows: (Omit<ValuedFlow, 'before'> & { readonly held: bigint | null })[] = []
    let unattributed = 0n
    for (let event = events[nextEvent]; event !== undefined && dayOf(event.at) === day; event = events[++nextEvent]) {
      if (event.kind === 'flow' && isExternal(event)) {
        const value = flowValue(prices, event.asset, readFlow(event).amount, day)
        if (event.direction === 'in') inflow += value
        else outflow += value
        const held = valueOf(balances, prices, day, new Set(), new Set())
        flows.push({
          // What went missing later in the day, or is covered at its end, was there from its start.
          held: held === null ? null : held - unattributed,
          amount: event.direction === 'in' ? value : -value,
          overdrawn: balances.isOverdrawn(),
        })
      }
      for (const { asset, amount } of postingsOf(event)) balances.post(event.account, asset, amount)
      for (
        let missing = shortfalls[nextShortfall];
        missing !== undefined && missing.at <= event.at;
        missing = shortfalls[++nextShortfall]
      ) {
        balances.post(missing.account, missing.asset, parseDecimal(missing.quantity))
        unattributed += missing.value
        flags.add('unattributed')
      }
    }
    for (const { asset, total } of balances.cover((asset) => prices.isCash(asset))) {
      unattributed += flowValue(prices, asset, total, day)
      cashShortfalls++
      flags.add('unattributed')
    }
    unattributedValue += unattributed
    const nav = valueOf(balances, prices, day, flags, unpricedAssets)
    const valued = flows.flatMap(({ held, amount, overdrawn }) =>
      held === null ? [] : [{ before: held + unattributed, amount, overdrawn }],
    )
    days.push({
      day,
      nav,
      inflow: inflow + unattributed,
      outflow,
      opening,
      flows: valued.length === flows.length ? valued : null,
      flags,
    })
  }
  return { days, balances, cashShortfalls, unattributedValue, unpricedAssets }
}

function valueOf(
  balances: Balances,
  prices: PriceBook,
  day: DayNumber,
  flags: Set<DayFlag>,
  unpricedAssets: Set<string>,
): bigint | null {
  let nav = 0n
  for (const { asset, total } of balances) {
    const found = prices.find(asset, day)
    if (found !== null) {
      nav += timesPrice(total, found.price)
      if (found.quality === 'fill') flags.add('fill_price')
      if (found.quality === 'stale') flags.add('stale_price')
    } else if (prices.everPriced(asset)) flags.add('unpriced')
    else unpricedAssets.add(asset)
  }
  return flags.has('unpriced') ? null : nav
}

function flowValue(prices: PriceBook, asset: string, amount: Scaled, day: DayNumber): bigint {
  const price = prices.flowPriceOf(asset, day)
  return price === null ? 0n : timesPrice(amount, price)
}

interface Opening {
  readonly account: string
  readonly asset: string
  readonly total: Scaled
}

/** A negative opening balance is a debt this product does not know: left to the reconciliation. */
function openingsByDay({ openings }: DailyInput): ReadonlyMap<DayNumber, readonly Opening[]> {
  const byDay = new Map<DayNumber, Opening[]>()
  for (const { account, at, balances } of openings) {
    const held = balances
      .map(({ asset, total }) => ({ account, asset, total: parseDecimal(total) }))
      .filter(({ total }) => total.coefficient > 0n)
    byDay.set(dayOf(at), [...(byDay.get(dayOf(at)) ?? []), ...held])
  }
  return byDay
}
