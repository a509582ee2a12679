import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseLosslessJson } from '../../../../src/collector/lossless-json.ts'
import {
  parseAccountUid,
  parseBalances,
  parseDailyCloses,
  parseDeposit,
  parseFills,
  parseKeyReport,
  parseMarkets,
  parseWithdrawal,
} from '../../../../src/collector/venues/binance/parse.ts'
import { refusal } from '../../../refusal.ts'
import { assertRequires, assertSurvivesMutation } from '../mutation.ts'

const MARKET = { symbol: 'SOLUSDC', base: 'SOL', quote: 'USDC' }
const TRADES = parseLosslessJson(`[
  {"symbol":"SOLUSDC","id":90071992547409931,"orderId":77001,"orderListId":-1,"price":"148.31000000","qty":"0.70000000",
   "quoteQty":"103.81700000","commission":"0.00012345","commissionAsset":"BNB","time":1717171717123,
   "isBuyer":true,"isMaker":false,"isBestMatch":true}]`)

test('a trade, digit for digit', () => {
  assert.deepEqual(parseFills(TRADES, 'acc', MARKET), [
    {
      kind: 'fill',
      account: 'acc',
      venue: 'binance',
      product: 'spot',
      market: 'SOL/USDC',
      base: 'SOL',
      quote: 'USDC',
      // Above what a JavaScript number holds.
      tradeId: '90071992547409931',
      orderId: '77001',
      at: 1_717_171_717_123_000,
      side: 'buy',
      quantity: '0.70000000',
      price: '148.31000000',
      quoteQuantity: '103.81700000',
      fees: [{ asset: 'BNB', amount: '0.00012345' }],
      liquidity: 'taker',
      execution: 'trade',
    },
  ])
})

test('a trade with anything missing or ill-typed is refused, never guessed', () => {
  const parse = (answer: unknown): unknown => parseFills(answer, 'acc', MARKET)
  const fields = [
    'symbol',
    'id',
    'orderId',
    'price',
    'qty',
    'quoteQty',
    'commission',
    'commissionAsset',
    'time',
    'isBuyer',
    'isMaker',
  ]
  const [trade] = TRADES as readonly object[]
  assertRequires(trade ?? {}, fields, (altered) => parse([altered]))
  assert.ok(assertSurvivesMutation(TRADES, parse) > 50)
  for (const qty of ['0', '0.000', '-1'])
    assert.throws(() => parse([{ ...trade, qty }]), refusal('venue_answer_invalid'))
  assert.throws(() => parse([{ ...trade, symbol: 'SOLUSDT' }]), refusal('venue_answer_invalid'))
})

test('deposits count once they are credited', () => {
  const deposit = {
    id: 'd1',
    amount: '0.50',
    coin: 'ETH',
    network: 'ETH',
    status: '1',
    address: 'a',
    txId: '0x1',
    insertTime: '1566791463000',
  }
  const flow = parseDeposit(deposit, 'acc')
  assert.deepEqual(flow, {
    kind: 'flow',
    account: 'acc',
    venue: 'binance',
    id: 'd1',
    at: 1_566_791_463_000_000,
    flow: 'deposit',
    direction: 'in',
    asset: 'ETH',
    amount: '0.50',
  })
  assert.equal(parseDeposit({ ...deposit, status: '6' }, 'acc')?.amount, '0.50')
  for (const status of ['0', '2', '7', '8']) assert.equal(parseDeposit({ ...deposit, status }, 'acc'), null)
  const { id: _id, ...old } = deposit
  assert.equal(parseDeposit(old, 'acc')?.id, 'ETH:0x1')
  assertRequires(deposit, ['amount', 'coin', 'status', 'insertTime'], (altered) => parseDeposit(altered, 'acc'))
  assertSurvivesMutation(deposit, (altered) => parseDeposit(altered, 'acc'))
})

test('withdrawals count once they are complete; the fee is on top', () => {
  const withdrawal = {
    id: 'w1',
    amount: '8.91',
    transactionFee: '0.004',
    coin: 'USDT',
    status: '6',
    applyTime: '2019-10-12 11:12:02',
  }
  assert.deepEqual(parseWithdrawal(withdrawal, 'acc'), {
    kind: 'flow',
    account: 'acc',
    venue: 'binance',
    id: 'w1',
    at: Date.UTC(2019, 9, 12, 11, 12, 2) * 1000,
    flow: 'withdrawal',
    direction: 'out',
    asset: 'USDT',
    amount: '8.91',
    fee: { asset: 'USDT', amount: '0.004' },
  })
  for (const status of ['0', '1', '2', '3', '4', '5'])
    assert.equal(parseWithdrawal({ ...withdrawal, status }, 'acc'), null)
  assert.equal(parseWithdrawal({ ...withdrawal, transactionFee: '0.00' }, 'acc')?.fee, undefined)
  assertRequires(withdrawal, ['id', 'amount', 'coin', 'status', 'applyTime'], (altered) =>
    parseWithdrawal(altered, 'acc'),
  )
  assertSurvivesMutation(withdrawal, (altered) => parseWithdrawal(altered, 'acc'))
  for (const applyTime of ['2019-13-12 11:12:02', '2019-02-30 11:12:02', '2019-10-12T11:12:02Z', '1570878722000']) {
    assert.throws(() => parseWithdrawal({ ...withdrawal, applyTime }, 'acc'), refusal('venue_answer_invalid'))
  }
})

test('balances: free and locked together, exact, zeros left out', () => {
  const account = {
    uid: '354937868',
    balances: [
      { asset: 'BTC', free: '0.10000000', locked: '0.00000001' },
      { asset: 'LTC', free: '0.00000000', locked: '0.00000000' },
    ],
  }
  assert.deepEqual(parseBalances(account), [{ asset: 'BTC', total: '0.10000001' }])
  assert.equal(parseAccountUid(account), '354937868')
  assertSurvivesMutation(account, parseBalances)
})

test('a key with any right beyond reading is not read-only, whatever the right is called', () => {
  const rights = {
    ipRestrict: false,
    createTime: '1623840271000',
    enableReading: true,
    enableWithdrawals: false,
    enableInternalTransfer: false,
    permitsUniversalTransfer: false,
    enableFixReadOnly: true,
    enableSpotAndMarginTrading: false,
  }
  assert.deepEqual(parseKeyReport(rights, 'u'), { readOnly: true, excess: [], accountUid: 'u' })
  for (const right of [
    'enableWithdrawals',
    'enableInternalTransfer',
    'permitsUniversalTransfer',
    'enableSpotAndMarginTrading',
    'enableTimeTravel',
    'permitsTimeTravel',
  ]) {
    assert.deepEqual(parseKeyReport({ ...rights, [right]: true }, 'u'), {
      readOnly: false,
      excess: [right],
      accountUid: 'u',
    })
  }
  assert.equal(parseKeyReport({ ...rights, enableReading: false }, 'u').readOnly, false)
  assert.throws(() => parseKeyReport({ ...rights, enableMargin: 'false' }, 'u'), refusal('venue_answer_invalid'))
  assert.throws(() => parseKeyReport({}, 'u'), refusal('venue_answer_invalid'))
})

test('markets and daily closes', () => {
  const markets = parseMarkets({
    symbols: [{ symbol: 'SOLUSDC', status: 'BREAK', baseAsset: 'SOL', quoteAsset: 'USDC' }],
  })
  assert.deepEqual(markets.get('SOLUSDC'), MARKET)
  const candles = parseLosslessJson(
    '[[1717113600000,"1.0","2.0","0.5","1.50000000","0",1717199999999,"0",0,"0","0","0"]]',
  )
  assert.deepEqual(parseDailyCloses(candles, MARKET), [
    { market: 'SOL/USDC', base: 'SOL', quote: 'USDC', day: '2024-05-31', close: '1.50000000' },
  ])
  assertSurvivesMutation(candles, (altered) => parseDailyCloses(altered, MARKET))
})
