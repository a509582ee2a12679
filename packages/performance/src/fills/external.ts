/** Which flows are money from outside, and which are income of the account. */
import type { Flow } from '../events.ts'

/**
 * Deposits, withdrawals, transfers and rewards come from outside: airdrops and bonuses are not trading, and must not
 * look like it. Interest and rebates are earned, or paid, by what the account does.
 */
export function isExternal({ flow }: Flow): boolean {
  return flow !== 'interest' && flow !== 'rebate'
}

export const EXTERNAL_FLOWS =
  'deposits, withdrawals, transfers and rewards are external at the price of their day; interest and rebates are income'
