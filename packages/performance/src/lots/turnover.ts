/** How lots come and go, and what that does to the position's round trip. */
import { prorate } from '../decimal/arithmetic.ts'
import { formatDecimal, formatMoney } from '../decimal/format.ts'
import type { Micros } from '../events.ts'
import type { ClosedTally } from './closed-tally.ts'
import type { LotOrigin } from './lot.ts'
import type { ClosedPiece, MarketSlot, Position } from './position.ts'
import type { BookState } from './state.ts'

/** Opens a lot of `quantity` units, above zero. */
export function acquire(
  position: Position,
  quantity: bigint,
  cost: bigint,
  at: Micros,
  origin: LotOrigin,
  market: number,
): void {
  position.push({ quantity, cost, at, origin, market })
}

/** A reversal takes back the newest lots, which are those of the fill it undoes; everything else the oldest. */
export type Disposal = 'trade' | 'fee' | 'reversal'

/**
 * Sells, spends or pays `quantity` units, above zero, for `proceeds`, and books the difference to their cost in the
 * slot's market. What the lots lack is a shortfall: it leaves at what it fetched.
 */
export function dispose(
  state: BookState,
  position: Position,
  quantity: bigint,
  proceeds: bigint,
  at: Micros,
  slot: MarketSlot,
  as: Disposal,
): void {
  const [held, heldProceeds] =
    quantity > position.quantity ? fallShort(state, position, quantity, proceeds, at) : [quantity, proceeds]
  if (held === 0n) return
  const isTrade = as === 'trade' && position.traded
  const closed = pieces(state, position, held, heldProceeds, at, isTrade ? slot.tally.lotMatches : null)
  const cost = as === 'reversal' ? position.takeNewest(held, closed) : position.take(held, closed)
  const pnl = heldProceeds - cost
  slot.tally.realised += pnl
  const { trip } = position
  if (trip === null) return
  trip.pnl += pnl
  if (isTrade) trip.market = slot.index
  endTripIfFlat(state, position, at)
}

/**
 * Takes lots worth `value` off without a profit of their own. Returns their cost; what is missing cost what it is
 * worth.
 */
export function withdraw(state: BookState, position: Position, quantity: bigint, value: bigint, at: Micros): bigint {
  const [held, heldValue] =
    quantity > position.quantity ? fallShort(state, position, quantity, value, at) : [quantity, value]
  const cost = position.take(held)
  if (position.trip !== null) endTripIfFlat(state, position, at)
  return cost + value - heldValue
}

function endTripIfFlat(state: BookState, position: Position, at: Micros): void {
  const { trip } = position
  if (trip === null || !position.isFlat) return
  position.trip = null
  state.tallies[trip.market]?.roundTrips.close(trip.pnl, at - trip.openedAt)
}

/** Notes what is missing, at its share of the proceeds, and returns what is there, with the rest. */
function fallShort(
  state: BookState,
  position: Position,
  quantity: bigint,
  proceeds: bigint,
  at: Micros,
): readonly [held: bigint, proceeds: bigint] {
  const held = position.quantity
  const heldProceeds = prorate(proceeds, held, quantity)
  const missing = { coefficient: quantity - held, scale: position.scale }
  const value = proceeds - heldProceeds
  const { account, asset } = position
  state.shortfalls.push({ account, asset, at, quantity: formatDecimal(missing), value })
  state.watch?.({
    account,
    asset,
    quantity: formatDecimal(missing),
    openedAt: at,
    closedAt: at,
    origin: 'unattributed',
    cost: formatMoney(value),
    proceeds: formatMoney(value),
  })
  return [held, heldProceeds]
}

/** Counts and tells each closed piece with its slice of the proceeds; the last slice is what is left. */
function pieces(
  state: BookState,
  position: Position,
  quantity: bigint,
  proceeds: bigint,
  at: Micros,
  matches: ClosedTally | null,
): ClosedPiece | undefined {
  const { watch } = state
  if (matches === null && watch === undefined) return undefined
  let left = quantity
  let leftProceeds = proceeds
  return (lot, closed, cost) => {
    const slice = closed === left ? leftProceeds : prorate(leftProceeds, closed, left)
    left -= closed
    leftProceeds -= slice
    matches?.close(slice - cost, at - lot.at)
    watch?.({
      account: position.account,
      asset: position.asset,
      quantity: formatDecimal({ coefficient: closed, scale: position.scale }),
      openedAt: lot.at,
      closedAt: at,
      origin: lot.origin,
      cost: formatMoney(cost),
      proceeds: formatMoney(slice),
    })
  }
}
