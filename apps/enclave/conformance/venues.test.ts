/** The parsers on answers that others recorded or copied from the venues' documentation, and the walks on real trades. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountEvent } from '@perf-aggregator/performance'
import { parseLosslessJson } from '../src/collector/lossless-json.ts'
import * as binance from '../src/collector/venues/binance/parse.ts'
import * as coinbase from '../src/collector/venues/coinbase/parse.ts'
import * as kraken from '../src/collector/venues/kraken/parse.ts'
import { EnclaveError } from '../src/errors.ts'
import { attach, collect, fillsOf, startLocalVenues } from '../test/collector/venues/local-venues.ts'

const CORPUS = process.env['CORPUS_DIR'] ?? ''
const TRADING = join(CORPUS, 'trading')

const read = (path: string): unknown => parseLosslessJson(readFileSync(join(TRADING, path), 'utf8'))

interface Compared {
  readonly exchange: string
  readonly label: string
  readonly numberMode: string
  readonly raw: readonly Record<string, unknown>[]
  readonly parsed: readonly {
    readonly fee?: { readonly cost: string }
    readonly amount: string
    readonly price: string
    readonly timestamp: string
    readonly side: string
    readonly id: string
  }[]
}
const compared = (read('ccxt-raw-and-unified.json') as { readonly items: readonly Compared[] }).items

/** What ccxt made of the same record, in its string mode. */
function ccxtView(exchange: string, label: string): Compared {
  const found = compared.find(
    (item) => item.exchange === exchange && item.label === label && item.numberMode === 'string',
  )
  assert.ok(found, `${exchange} ${label}`)
  return found
}

const PAIRS = new Map(
  ['XBTUSDT BTC USDT', 'ETHUSDT ETH USDT', 'XXBTZEUR BTC EUR'].map((text) => {
    const [pair = '', base = '', quote = ''] = text.split(' ')
    return [pair, { pair, base, quote }]
  }),
)

test('Kraken: the recorded trades, with the digits of time that ccxt cuts off', () => {
  const { entries, count } = kraken.parsePage(read('venues/kraken/http_trades_history.json'), 'trades')
  assert.equal(count, entries.length)
  const fills = entries.map(({ id, fields }) => kraken.parseFill(id, fields, 'a', PAIRS))
  assert.deepEqual(
    fills.map(({ market, side, quantity, price, quoteQuantity, fees, at, liquidity }) => ({
      market,
      side,
      quantity,
      price,
      quoteQuantity,
      fees,
      at,
      liquidity,
    })),
    [
      {
        market: 'BTC/USDT',
        side: 'buy',
        quantity: '0.50000000',
        price: '29500.50',
        quoteQuantity: '14750.25',
        fees: [{ asset: 'USDT', amount: '23.60' }],
        at: 1_688_585_840_892_100,
        liquidity: 'maker',
      },
      {
        market: 'ETH/USDT',
        side: 'sell',
        quantity: '1.00000000',
        price: '1799.75',
        quoteQuantity: '1799.75',
        fees: [{ asset: 'USDT', amount: '3.60' }],
        at: 1_688_586_440_345_600,
        liquidity: 'taker',
      },
    ],
  )
  for (const [index, theirs] of ccxtView('kraken', 'TradesHistory').parsed.entries()) {
    const ours = fills[index]
    assert.equal(ours?.quantity, theirs.amount)
    assert.equal(ours?.price, theirs.price)
    assert.equal(ours?.fees[0]?.amount, theirs.fee?.cost)
    const lost = (ours?.at ?? 0) - Number(theirs.timestamp) * 1000
    assert.ok(lost > 0 && lost < 1000, 'ccxt keeps milliseconds only')
  }
})

test('Binance: the recorded trade equals what ccxt reads, kept as text', () => {
  const answer = read('venues/binance/spot__http_json__account_trades_response.json')
  const [fill] = binance.parseFills(answer, 'a', { symbol: 'BNBBTC', base: 'BNB', quote: 'BTC' })
  const [theirs] = ccxtView('binance', 'spot myTrades').parsed
  assert.equal(fill?.quantity, theirs?.amount)
  assert.equal(fill?.price, theirs?.price)
  assert.deepEqual(fill?.fees, [{ asset: 'BNB', amount: theirs?.fee?.cost }])
  assert.equal(fill?.tradeId, theirs?.id)
  assert.equal(fill?.at, Number(theirs?.timestamp) * 1000)
})

test('Binance: recorded balances, deposits and withdrawals', () => {
  const balances = binance.parseBalances(read('venues/binance/spot__http_json__account_response.json'))
  assert.deepEqual(
    balances.map(({ asset }) => asset),
    ['BTC', 'LTC'],
  )
  const responses = responsesOf('binance/portfolio_tracker_responses.json')
  const deposits = responses.find(({ context }) => context.endsWith('input_deposits'))?.json as readonly unknown[]
  assert.deepEqual(
    deposits.map((entry) => binance.parseDeposit(entry, 'a')?.amount),
    ['0.04670582'],
  )
  const withdrawals = responses.find(({ context }) => context.endsWith('input_withdrawals'))?.json as readonly unknown[]
  assert.deepEqual(
    withdrawals.map((entry) => binance.parseWithdrawal(entry, 'a')),
    [null],
    'status 4 is still under way',
  )
})

test('Coinbase: the recorded fills; ccxt names them by an id that adjusted fills share', () => {
  const { items, next } = coinbase.parseFills(read('venues/coinbase/http_fills.json'), 'a')
  assert.equal(next, null)
  assert.deepEqual(
    items.map(({ tradeId }) => tradeId),
    ['22222-2222222-22222222', '22222-2222222-22222223'],
  )
  for (const [index, theirs] of ccxtView('coinbase', 'historical fills').parsed.entries()) {
    assert.equal(items[index]?.quantity, theirs.amount)
    assert.equal(items[index]?.price, theirs.price)
    assert.notEqual(items[index]?.tradeId, theirs.id)
  }
  const balances = coinbase.parseBalances(read('venues/coinbase/http_accounts.json'))
  assert.deepEqual(balances.items, [
    { id: '8bfc20d7-f7c6-4422-bf07-8243ca4169fe', asset: 'BTC', total: '1.23956789' },
    { id: '9cfc20d7-f7c6-4422-bf07-8243ca4169ff', asset: 'USD', total: '10450.5' },
  ])
})

test('Coinbase: recorded transactions are read or refused by name', () => {
  for (const { context, json } of responsesOf('coinbase/portfolio_tracker_responses.json')) {
    if (!context.includes('transactions') && !context.includes('swap')) continue
    const { items } = coinbase.parseTransactions(json, 'a')
    assert.ok(items.length > 0, context)
    if (context.includes('advanced_fill')) {
      assert.ok(
        items.every(({ flow }) => flow === null),
        'fills are booked as fills',
      )
    }
  }
})

test('Kraken: every recorded ledger entry is read, or refused by name', () => {
  let readable = 0
  const refused: string[] = []
  for (const file of ['portfolio_tracker_responses.json', 'portfolio_tracker_responses_2.json']) {
    for (const { context, json } of responsesOf(`kraken/${file}`)) {
      for (const [id, entry] of Object.entries(ledgerOf(json))) {
        const outcome = attempt(() => kraken.parseFlow(id, entry as Record<string, unknown>, 'a'))
        if (outcome instanceof EnclaveError) refused.push(`${context} ${id}: ${outcome.message}`)
        else readable += 1
      }
    }
  }
  console.log(`Kraken ledger entries read: ${readable}; refused: ${refused.length}`)
  for (const line of refused) console.log(`  ${line}`)
  assert.ok(readable > 40)
})

test('no recorded answer of any kind makes a parser do anything but read or refuse', () => {
  const parsers: readonly ((answer: unknown) => unknown)[] = [
    binance.parseMarkets,
    binance.parseBalances,
    binance.parseTime,
    (answer) => binance.parseFills(answer, 'a', { symbol: 'BNBBTC', base: 'BNB', quote: 'BTC' }),
    (answer) => binance.parseKeyReport(answer, 'u'),
    (answer) => binance.parseDeposit(answer, 'a'),
    (answer) => binance.parseWithdrawal(answer, 'a'),
    (answer) => coinbase.parseFills(answer, 'a'),
    (answer) => coinbase.parseTransactions(answer, 'a'),
    coinbase.parseBalances,
    coinbase.parseKeyReport,
    coinbase.parseProducts,
    kraken.parseMarkets,
    kraken.parseBalances,
    kraken.parseKeyReport,
    (answer) => kraken.parsePage(answer, 'trades'),
    (answer) => kraken.parsePage(answer, 'ledger'),
    (answer) => kraken.parseFlow('L', answer as Record<string, unknown>, 'a'),
    (answer) => kraken.parseFill('T', answer as Record<string, unknown>, 'a', PAIRS),
  ]
  const files = globSync('venues/*/*.json', { cwd: TRADING })
  assert.ok(files.length > 50)
  for (const file of files) {
    const answer = attempt(() => read(file))
    if (answer instanceof EnclaveError) continue
    const shapes = [answer, ...Object.values(answer as Record<string, unknown>)].filter(
      (shape) => typeof shape === 'object' && shape !== null,
    )
    for (const shape of shapes) for (const parse of parsers) attempt(() => parse(shape))
  }
})

const RECORDING = 'XRP_ETH-trades.json.gz'

for (const pageSize of [1_000, 997, 100, 7, 1]) {
  test(`real trades, ${RECORDING}, pages of ${pageSize}: every fill exactly once`, async () => {
    const local = await startLocalVenues({
      trades: join(TRADING, 'public-trades', RECORDING),

      pageSize,
    })
    try {
      attach(local, 'session', 'binance')
      const collected = await collect(local, 'session', 'binance')
      const wanted = local.sandbox.traders.binance.fills()
      const fills = fillsOf(collected)
      const times = Map.groupBy(fills.values(), ({ at }) => at)
      const shared = [...times.values()].filter(({ length }) => length > 1).reduce((sum, { length }) => sum + length, 0)
      console.log(`${RECORDING} pages of ${pageSize}: ${fills.size} fills, ${shared} share a millisecond`)
      assert.equal(fills.size, wanted.length)
      for (const { market, tradeId } of wanted) assert.ok(fills.has(`${market} ${tradeId}`))
      // First walk, no overlap: each came once, not only at least once.
      const delivered = collected.events.filter((event: AccountEvent) => event.kind === 'fill').length
      assert.equal(delivered, fills.size)
    } finally {
      await local.stop()
    }
  })
}

function responsesOf(file: string): readonly { readonly context: string; readonly json: unknown }[] {
  return (read(`venues/${file}`) as { readonly responses: readonly { context: string; json: unknown }[] }).responses
}

function ledgerOf(json: unknown): Readonly<Record<string, unknown>> {
  const fields = json as {
    readonly ledger?: Record<string, unknown>
    readonly result?: { readonly ledger?: Record<string, unknown> }
  }
  return fields.ledger ?? fields.result?.ledger ?? {}
}

/** The result, or the refusal; any other error is a bug. */
function attempt(task: () => unknown): unknown {
  try {
    return task()
  } catch (error) {
    if (error instanceof EnclaveError && error.code === 'venue_answer_invalid') return error
    throw error
  }
}
