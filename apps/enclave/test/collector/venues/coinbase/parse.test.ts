import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseLosslessJson } from '../../../../src/collector/lossless-json.ts'
import {
  parseAccountIds,
  parseBalances,
  parseDailyCloses,
  parseFills,
  parseKeyReport,
  parseProducts,
  parseTransactions,
} from '../../../../src/collector/venues/coinbase/parse.ts'
import { refusal } from '../../../refusal.ts'
import { assertRequires, assertSurvivesMutation } from '../mutation.ts'

const FILL = {
  entry_id: 'e1',
  trade_id: 't1',
  order_id: 'o1',
  trade_time: '2024-05-31T10:30:00.123456Z',
  trade_type: 'FILL',
  price: '68001.15',
  size: '0.00123',
  commission: '0.418207',
  product_id: 'BTC-USD',
  sequence_timestamp: '2024-05-31T10:30:00.2Z',
  liquidity_indicator: 'TAKER',
  size_in_quote: false,
  user_id: 'u',
  side: 'SELL',
}
const page = (fill: object): object => ({ fills: [fill], cursor: '' })
const first = (fill: object) => parseFills(page(fill), 'acc').items[0]

test('a fill, with its microseconds', () => {
  assert.deepEqual(parseFills({ fills: [FILL], cursor: 'more' }, 'acc'), {
    next: 'more',
    items: [
      {
        kind: 'fill',
        account: 'acc',
        venue: 'coinbase',
        product: 'spot',
        market: 'BTC/USD',
        base: 'BTC',
        quote: 'USD',
        tradeId: 'e1',
        orderId: 'o1',
        at: Date.UTC(2024, 4, 31, 10, 30, 0, 123) * 1000 + 456,
        side: 'sell',
        quantity: '0.00123',
        price: '68001.15',
        fees: [{ asset: 'USD', amount: '0.418207' }],
        liquidity: 'taker',
        execution: 'trade',
      },
    ],
  })
})

test('a reversal and the correction that follows share a trade id and stay apart', () => {
  const adjusted = [
    { ...FILL },
    { ...FILL, entry_id: 'e2', trade_type: 'REVERSAL' },
    { ...FILL, entry_id: 'e3', trade_type: 'CORRECTION', commission: '0.2' },
  ]
  const { items } = parseFills({ fills: adjusted, cursor: '' }, 'acc')
  assert.deepEqual(
    items.map(({ tradeId, execution }) => [tradeId, execution]),
    [
      ['e1', 'trade'],
      ['e2', 'reversal'],
      ['e3', 'trade'],
    ],
  )
})

test('a size in quote is turned into base, and the quote amount stays exact', () => {
  const fill = first({ ...FILL, size_in_quote: true, size: '100', price: '3' })
  assert.equal(fill?.quantity, '33.333333333333333333')
  assert.equal(fill?.quoteQuantity, '100')
})

test('a fill with anything missing or ill-typed is refused, never guessed', () => {
  const fields = [
    'entry_id',
    'order_id',
    'trade_time',
    'trade_type',
    'price',
    'size',
    'commission',
    'product_id',
    'size_in_quote',
    'side',
  ]
  assertRequires(FILL, fields, (altered) => parseFills(page(altered as object), 'acc'))
  assert.ok(assertSurvivesMutation(page(FILL), (altered) => parseFills(altered, 'acc')) > 80)
  for (const alter of [
    { trade_type: 'SOMETHING_NEW' },
    { side: 'buy' },
    { product_id: 'BIP-20DEC30-CDE' },
    { product_id: 'BTC' },
    { trade_time: '2024-05-31T10:30:00' },
    { trade_time: '2024-02-30T10:30:00Z' },
    { trade_time: '2024-05-31T10:30:00+02:00' },
  ]) {
    assert.throws(() => first({ ...FILL, ...alter }), refusal('venue_answer_invalid'), JSON.stringify(alter))
  }
})

const transaction = (alter: object) => ({
  id: 'x1',
  type: 'send',
  status: 'completed',
  amount: { amount: '-0.005', currency: 'BTC' },
  created_at: '2024-03-07T08:12:51Z',
  ...alter,
})
const flowOf = (alter: object) =>
  parseTransactions({ pagination: { next_uri: null }, data: [transaction(alter)] }, 'acc').items[0]

test('what each kind of transaction is to the ledger', () => {
  const kinds: readonly (readonly [object, string | null])[] = [
    [{}, 'withdrawal out'],
    [{ amount: { amount: '0.1', currency: 'BTC' } }, 'deposit in'],
    [{ type: 'fiat_deposit', amount: { amount: '50', currency: 'EUR' } }, 'deposit in'],
    [{ type: 'fiat_withdrawal' }, 'withdrawal out'],
    [{ type: 'staking_reward', amount: { amount: '0.1', currency: 'ETH' } }, 'reward in'],
    [{ type: 'interest', amount: { amount: '0.1', currency: 'USDC' } }, 'interest in'],
    [{ type: 'trade' }, 'transfer out'],
    [{ type: 'a_type_of_tomorrow' }, 'transfer out'],
    [{ type: 'constructor' }, 'transfer out'],
    [{ type: 'advanced_trade_fill' }, null],
    [{ status: 'canceled' }, null],
    [{ status: 'failed' }, null],
    [{ status: 'pending' }, null],
    [{ amount: { amount: '0.00', currency: 'BTC' } }, null],
  ]
  for (const [alter, wanted] of kinds) {
    const flow = flowOf(alter)?.flow
    assert.equal(
      flow === null || flow === undefined ? null : `${flow.flow} ${flow.direction}`,
      wanted,
      JSON.stringify(alter),
    )
  }
  assert.equal(flowOf({})?.flow?.amount, '0.005')
  assert.equal(flowOf({ status: 'pending' })?.pending, true)
  assert.equal(flowOf({ status: 'waiting_for_clearing' })?.pending, true)
})

test('transactions with anything missing are refused', () => {
  const wrap = (entry: unknown): unknown => parseTransactions({ pagination: { next_uri: null }, data: [entry] }, 'acc')
  assertRequires(
    transaction({}),
    ['id', 'type', 'status', 'amount', 'amount.amount', 'amount.currency', 'created_at'],
    wrap,
  )
  assertSurvivesMutation(transaction({}), wrap)
})

test('the next page, from its address', () => {
  const next = (uri: unknown) => parseAccountIds({ pagination: { next_uri: uri }, data: [] }).next
  assert.equal(next('/v2/accounts?limit=25&starting_after=5d5aed5f-b7c0'), '5d5aed5f-b7c0')
  assert.equal(next(null), null)
  assert.throws(() => next('/v2/accounts?limit=25'), refusal('venue_answer_invalid'))
  assert.throws(() => next('/v2/accounts?starting_after=a%2Fb'), refusal('venue_answer_invalid'))
  assert.throws(() => parseAccountIds({ data: [{ id: '../evil' }] }), refusal('venue_answer_invalid'))
})

test('balances: available and on hold together', () => {
  const answer = {
    accounts: [
      { uuid: 'a', currency: 'BTC', available_balance: { value: '1.2' }, hold: { value: '0.05' } },
      { uuid: 'b', currency: 'USD', available_balance: { value: '0' }, hold: { value: '0.00' } },
    ],
    has_next: true,
    cursor: 'c',
  }
  assert.deepEqual(parseBalances(answer), { items: [{ id: 'a', asset: 'BTC', total: '1.25' }], next: 'c' })
  assertSurvivesMutation(answer, parseBalances)
})

test('a key with any right beyond viewing is not read-only', () => {
  const rights = {
    can_view: true,
    can_trade: false,
    can_transfer: false,
    portfolio_uuid: 'p',
    portfolio_type: 'DEFAULT',
  }
  assert.deepEqual(parseKeyReport(rights), { readOnly: true, excess: [], accountUid: 'p' })
  for (const right of ['can_trade', 'can_transfer', 'can_receive']) {
    assert.deepEqual(parseKeyReport({ ...rights, [right]: true }).excess, [right])
  }
  assert.equal(parseKeyReport({ ...rights, can_view: false }).readOnly, false)
  assertRequires(rights, ['can_view', 'can_trade', 'can_transfer', 'portfolio_uuid'], parseKeyReport)
})

test('products and daily closes', () => {
  const answer = {
    products: [
      { product_id: 'BTC-USD', product_type: 'SPOT' },
      { product_id: 'BIP-20DEC30-CDE', product_type: 'FUTURE' },
    ],
  }
  assert.deepEqual([...parseProducts(answer)], ['BTC-USD'])
  const candles = parseLosslessJson(
    '{"candles":[{"start":"1717113600","low":"1","high":"3","open":"1","close":"2.50","volume":"0"}]}',
  )
  assert.deepEqual(parseDailyCloses(candles, 'BTC-USD'), [
    { market: 'BTC/USD', base: 'BTC', quote: 'USD', day: '2024-05-31', close: '2.50' },
  ])
})
