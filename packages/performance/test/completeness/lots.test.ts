import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAgainstLots } from '../../src/completeness/lots.ts'
import { parseDecimal } from '../../src/decimal/parse.ts'
import { type OpenPosition, PerformanceError } from '../../src/index.ts'
import { Balances } from '../../src/nav/balances.ts'
import { ACCOUNT } from '../notation.ts'

test('a balance that differs from its lots, by however little, stops the measurement', () => {
  const position: OpenPosition = { account: ACCOUNT, asset: 'ETH', scale: 8, quantity: 150_000_000n, lots: [] }
  const balances = new Balances()
  balances.post(ACCOUNT, 'ETH', parseDecimal('1.5'))
  checkAgainstLots([position], balances)
  balances.post(ACCOUNT, 'ETH', parseDecimal('0.000000000001'))
  assert.throws(
    () => checkAgainstLots([position], balances),
    (error) => error instanceof PerformanceError && error.code === 'ledger_inconsistent',
  )
})
