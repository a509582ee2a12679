/** The ledger checked against itself: two ways to the same quantity, which share no code beyond the arithmetic. */
import { compare } from '../decimal/arithmetic.ts'
import { PerformanceError } from '../errors.ts'
import type { OpenPosition } from '../lots/fifo-book.ts'
import type { Balances } from '../nav/balances.ts'

/** @throws PerformanceError `ledger_inconsistent` when a replayed balance differs from the open lots of its asset */
export function checkAgainstLots(positions: Iterable<OpenPosition>, balances: Balances): void {
  for (const { account, asset, quantity, scale } of positions) {
    if (compare(balances.of(account, asset), { coefficient: quantity, scale }) !== 0) {
      throw new PerformanceError('ledger_inconsistent', 'a replayed balance differs from the open lots')
    }
  }
}
