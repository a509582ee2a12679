/** The accounts of one measurement as one ordered history. */
import { checkInstant, type DayNumber, dayOf } from './day.ts'
import { PerformanceError } from './errors.ts'
import type { AccountEvent, BalanceSnapshot, Micros } from './events.ts'
import { distinct } from './fills/identity.ts'
import { compareEvents } from './fills/order.ts'
import type { AccountHistory } from './input.ts'

export interface History {
  /** Days covered, both inclusive. */
  readonly from: DayNumber
  readonly to: DayNumber
  /** All accounts, each event once, in canonical order. */
  readonly events: readonly AccountEvent[]
  readonly openings: readonly BalanceSnapshot[]
  /** Each account with its own events, as above. */
  readonly accounts: readonly AccountHistory[]
  readonly duplicates: number
}

/**
 * What is not later than the opening snapshot is inside it; what is later than `until` is not measured.
 * @throws PerformanceError `account_mismatch`, `instant_invalid`
 */
export function mergeHistories(accounts: readonly AccountHistory[], until: Micros): History {
  checkInstant(until)
  if (new Set(accounts.map(({ account }) => account)).size !== accounts.length) throw mismatch()
  let duplicates = 0
  const cleaned = accounts.map((history) => {
    const { account, opening, closing } = history
    checkInstant(closing.at)
    if (closing.account !== account || (opening !== undefined && opening.account !== account)) throw mismatch()
    if (opening !== undefined) checkInstant(opening.at)
    for (const event of history.events) {
      checkInstant(event.at)
      if (event.account !== account) throw mismatch()
    }
    const once = distinct([...history.events].sort(compareEvents))
    duplicates += once.duplicates
    const events = once.events.filter(({ at }) => at <= until && (opening === undefined || at > opening.at))
    return { ...history, events }
  })
  const events = cleaned.flatMap((history) => history.events).sort(compareEvents)
  const openings = cleaned.flatMap(({ opening }) => (opening === undefined || opening.at > until ? [] : [opening]))
  const to = dayOf(until)
  const from = Math.min(to, ...openings.map(({ at }) => dayOf(at)), dayOf(events[0]?.at ?? until))
  return { from, to, events, openings, accounts: cleaned, duplicates }
}

function mismatch(): PerformanceError {
  return new PerformanceError('account_mismatch', 'every account has one history, and every event belongs to it')
}
