/**
 * 12,477 trades that Binance printed for XRP/ETH, 3,446 of which share a millisecond with another, as if one account
 * had made them all. CORPUS_DIR names the folder of the corpora.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { compareEvents } from '../src/fills/order.ts'
import {
  type AccountEvent,
  addDecimals,
  type Figure,
  measure,
  multiplyDecimals,
  subtractDecimals,
} from '../src/index.ts'

const FILE = path.join(
  process.env['CORPUS_DIR'] ?? path.join(import.meta.dirname, '../../../../shared/corpus'),
  'trading/public-trades/XRP_ETH-trades.json.gz',
)

test('real trades, delivered twice and in reverse: each counts once, and the figures tie out', (context) => {
  const trades = readTrades()
  assert.equal(trades.length, 12_477)
  const instants = Map.groupBy(trades, ({ at }) => at)
  assert.equal(trades.filter(({ at }) => (instants.get(at)?.length ?? 0) > 1).length, 3_446)

  const funding = flow('ETH', '100000')
  const stock = flow('XRP', '100000000')
  const events = [...trades, funding, stock]
  const balances = [
    { asset: 'ETH', total: balance(events, 'ETH') },
    { asset: 'XRP', total: balance(events, 'XRP') },
  ]
  const until = Math.max(...trades.map(({ at }) => at))
  const { performance } = measure({
    accounts: [
      {
        account: 'corpus',
        venue: 'binance',
        events: [...events, ...events].toReversed(),
        closing: { account: 'corpus', at: until, balances },
      },
    ],
    closes: [],
    reportingCurrency: 'ETH',
    until,
  })
  const { total, notes, completeness } = performance
  assert.equal(total.fills, 12_477)
  assert.equal(notes.duplicates, 12_479)
  assert.equal(notes.shortfalls, 0)
  assert.equal(completeness[0]?.complete, true)
  assert.deepEqual(
    completeness[0]?.assets.map(({ residual }) => residual),
    ['0', '0'],
  )
  const earned = addDecimals(value(total.realisedPnl), value(total.unrealisedPnl))
  assert.equal(subtractDecimals(value(performance.closing), value(performance.netFlows)), earned)
  const { realisedPnl, roundTrips, lotMatches } = total
  context.diagnostic(
    `realised ${value(realisedPnl)} ETH in ${lotMatches.count} lot matches, ${roundTrips.count} round trips`,
  )
})

type Fill = AccountEvent & { kind: 'fill' }

/** Rows of [milliseconds, id, null, side, price, amount, cost]; the numbers are taken as the text they are. */
function readTrades(): Fill[] {
  const row = /\[(\d+),"(\d+)",null,"(buy|sell)",([\d.e-]+),([\d.e-]+),[\d.e-]+\]/g
  return [...gunzipSync(readFileSync(FILE)).toString().matchAll(row)]
    .map(
      ([, at, tradeId, side, price, quantity]): Fill => ({
        kind: 'fill',
        account: 'corpus',
        venue: 'binance',
        product: 'spot',
        market: 'XRP/ETH',
        base: 'XRP',
        quote: 'ETH',
        tradeId: tradeId ?? '',
        orderId: tradeId ?? '',
        at: Number(at) * 1000,
        side: side === 'buy' ? 'buy' : 'sell',
        quantity: quantity ?? '',
        price: price ?? '',
        fees: [],
        execution: 'trade',
      }),
    )
    .sort(compareEvents)
}

function flow(asset: string, amount: string): AccountEvent {
  return {
    kind: 'flow',
    account: 'corpus',
    venue: 'binance',
    id: `funding-${asset}`,
    at: Date.UTC(2019, 9, 11) * 1000,
    flow: 'deposit',
    direction: 'in',
    asset,
    amount,
  }
}

/** Summed a second way, from the texts alone. */
function balance(events: readonly AccountEvent[], asset: string): string {
  let total = '0'
  for (const event of events) {
    if (event.kind === 'flow') {
      if (event.asset === asset) total = addDecimals(total, event.amount)
      continue
    }
    const amount = asset === 'XRP' ? event.quantity : multiplyDecimals(event.quantity, event.price)
    const raises = (asset === 'XRP') === (event.side === 'buy')
    total = raises ? addDecimals(total, amount) : subtractDecimals(total, amount)
  }
  return total
}

function value(figure: Figure): string {
  assert.notEqual(figure.value, null)
  return figure.value ?? ''
}
