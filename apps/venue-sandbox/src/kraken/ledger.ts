import { type Fill, type Flow, flowChange } from '../account/events.ts'
import type { Amount } from '../amount/amount.ts'
import { Seeded } from '../random/seeded.ts'
import { krakenId } from './profile.ts'

/** One line of Kraken's ledger: a single balance changing once. */
export interface LedgerEntry {
  readonly id: string
  readonly refid: string
  readonly at: number
  readonly type: 'deposit' | 'withdrawal' | 'trade'
  readonly asset: string
  /** Signed, before the fee. */
  readonly amount: Amount
  readonly fee: Amount
  /** After the entry. */
  readonly balance: Amount
}

/** Every booked event as ledger lines with running balances, oldest first. Ids are derived from the event's own. */
export function ledgerOf(fills: readonly Fill[], flows: readonly Flow[]): readonly LedgerEntry[] {
  const events = [...fills, ...flows.filter(({ status }) => status === 'done')]
  events.sort((a, b) => a.at - b.at || a.sequence - b.sequence)
  const balances = new Map<string, Amount>()
  return events.flatMap((event) =>
    linesOf(event).map((line) => {
      const balance = (balances.get(line.asset) ?? 0n) + line.amount - line.fee
      balances.set(line.asset, balance)
      return { ...line, balance }
    }),
  )
}

function linesOf(event: Fill | Flow): readonly Omit<LedgerEntry, 'balance'>[] {
  if ('direction' in event) {
    const { id, at, asset, fee } = event
    const type = event.direction === 'in' ? 'deposit' : 'withdrawal'
    return [{ id: ledgerId(id, 0), refid: id, at, type, asset, amount: flowChange(event) + fee, fee }]
  }
  const { market, quantity, cost, fee, side, at, tradeId } = event
  const sign = side === 'buy' ? 1n : -1n
  const line = { refid: tradeId, at, type: 'trade' as const }
  return [
    { ...line, id: ledgerId(tradeId, 0), asset: market.quote, amount: -sign * cost, fee },
    { ...line, id: ledgerId(tradeId, 1), asset: market.base, amount: sign * quantity, fee: 0n },
  ]
}

export function ledgerId(refid: string, line: number): string {
  return krakenId(new Seeded(`${refid}/${line}`), 'L')
}
