import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseLosslessJson } from '../../../../src/collector/lossless-json.ts'
import { assetName } from '../../../../src/collector/venues/kraken/assets.ts'
import {
  marketOf,
  parseBalances,
  parseDailyCloses,
  parseFill,
  parseFlow,
  parseKeyReport,
  parseMarkets,
  parsePage,
} from '../../../../src/collector/venues/kraken/parse.ts'
import { refusal } from '../../../refusal.ts'
import { assertRequires, assertSurvivesMutation } from '../mutation.ts'

const PAIRS = parseMarkets({
  error: [],
  result: {
    XXBTZUSD: { altname: 'XBTUSD', wsname: 'XBT/USD', base: 'XXBT', quote: 'ZUSD' },
    SOLEUR: { altname: 'SOLEUR', wsname: 'SOL/EUR', base: 'SOL', quote: 'ZEUR' },
  },
})

test('asset names, old and new, in every wallet', () => {
  for (const [theirs, ours] of [
    ['XXBT', 'BTC'],
    ['XBT', 'BTC'],
    ['XBT.M', 'BTC'],
    ['XBT.F', 'BTC'],
    ['ZUSD', 'USD'],
    ['USD.HOLD', 'USD'],
    ['USD.M', 'USD'],
    ['XETH', 'ETH'],
    ['ETH', 'ETH'],
    ['ETH2', 'ETH'],
    ['ETH2.S', 'ETH'],
    ['ETH.F', 'ETH'],
    ['XXDG', 'DOGE'],
    ['XDG', 'DOGE'],
    ['SOL', 'SOL'],
    ['SOL.S', 'SOL'],
    ['SOL03.S', 'SOL'],
    ['DOT28.S', 'DOT'],
    ['ATOM21.S', 'ATOM'],
    ['DOT.P', 'DOT'],
    ['XTZ', 'XTZ'],
    ['XTZ.S', 'XTZ'],
    ['ZRX', 'ZRX'],
    ['XCN', 'XCN'],
    ['ZEUS', 'ZEUS'],
    ['USDT', 'USDT'],
    ['USDT.M', 'USDT'],
    ['1INCH', '1INCH'],
    ['KFEE', 'KFEE'],
    ['TRX04.S', 'TRX'],
  ] as const) {
    assert.equal(assetName(theirs), ours, theirs)
  }
})

test('a pair by any of its names; a delisted one by its quote; anything else is refused', () => {
  for (const name of ['XXBTZUSD', 'XBTUSD', 'XBT/USD']) {
    assert.equal(`${marketOf(name, PAIRS).base}/${marketOf(name, PAIRS).quote}`, 'BTC/USD')
  }
  for (const [name, market] of [
    ['XREPZEUR', 'REP/EUR'],
    ['LUNAUSD', 'LUNA/USD'],
    ['WAVESXBT', 'WAVES/BTC'],
    ['XMLNXETH', 'MLN/ETH'],
    ['BUSDUSDT', 'BUSD/USDT'],
    ['GNO/EUR', 'GNO/EUR'],
  ] as const) {
    const { base, quote } = marketOf(name, PAIRS)
    assert.equal(`${base}/${quote}`, market)
  }
  for (const name of ['ABCXYZ', 'USD', 'XUSD', '/USD']) {
    assert.throws(() => marketOf(name, PAIRS), refusal('venue_answer_invalid'), name)
  }
})

const PAGE = parseLosslessJson(`{"error":[],"result":{"count":1,"trades":{"TABCDE-FGHIJ-KLMNOP":{
  "ordertxid":"O1","postxid":"P1","pair":"XXBTZUSD","time":1717151400.123456,"type":"sell","ordertype":"limit",
  "price":"68001.10000","cost":"68.00110","fee":"0.17680","vol":"0.00100000","margin":"0.00000","misc":"","trade_id":9,"maker":true}}}}`)

test('a trade, with its microseconds', () => {
  const { entries, count } = parsePage(PAGE, 'trades')
  assert.equal(count, 1)
  const [entry] = entries
  assert.deepEqual(parseFill(entry?.id ?? '', entry?.fields ?? {}, 'acc', PAIRS), {
    kind: 'fill',
    account: 'acc',
    venue: 'kraken',
    product: 'spot',
    market: 'BTC/USD',
    base: 'BTC',
    quote: 'USD',
    tradeId: 'TABCDE-FGHIJ-KLMNOP',
    orderId: 'O1',
    at: 1_717_151_400_123_456,
    side: 'sell',
    quantity: '0.00100000',
    price: '68001.10000',
    quoteQuantity: '68.00110',
    fees: [{ asset: 'USD', amount: '0.17680' }],
    liquidity: 'maker',
    execution: 'trade',
  })
})

test('times keep every digit there is', () => {
  const [entry] = parsePage(PAGE, 'trades').entries
  const at = (time: string): number => parseFill('T', { ...entry?.fields, time }, 'acc', PAIRS).at
  assert.equal(at('1688585840.8921'), 1_688_585_840_892_100)
  assert.equal(at('1688585840'), 1_688_585_840_000_000)
  assert.equal(at('1688585840.0000019'), 1_688_585_840_000_001)
  assert.throws(() => at('-1'), refusal('venue_answer_invalid'))
  assert.throws(() => at('2024-05-31'), refusal('venue_answer_invalid'))
})

test('a trade with anything missing or ill-typed is refused, never guessed', () => {
  const [entry] = parsePage(PAGE, 'trades').entries
  const parse = (fields: unknown): unknown => parseFill('T', fields as Record<string, unknown>, 'acc', PAIRS)
  assertRequires(entry?.fields ?? {}, ['ordertxid', 'pair', 'time', 'type', 'price', 'cost', 'fee', 'vol'], parse)
  assertSurvivesMutation(entry?.fields, parse)
  assertSurvivesMutation(PAGE, (altered) =>
    parsePage(altered, 'trades').entries.map(({ id, fields }) => parseFill(id, fields, 'acc', PAIRS)),
  )
})

const ENTRY = {
  refid: 'R',
  time: '1717151400.1',
  type: 'deposit',
  subtype: '',
  aclass: 'currency',
  asset: 'XXBT',
  amount: '0.5',
  fee: '0.001',
  balance: '1',
}

test('what each kind of ledger entry is to us', () => {
  const kinds: readonly (readonly [object, string | null])[] = [
    [{}, 'deposit in BTC 0.5 fee 0.001'],
    [{ fee: '0.00' }, 'deposit in BTC 0.5'],
    [{ type: 'withdrawal', amount: '-0.5' }, 'withdrawal out BTC 0.5 fee 0.001'],
    [{ type: 'staking', asset: 'DOT.S', fee: '0' }, 'reward in DOT 0.5'],
    [{ type: 'earn', subtype: 'reward', fee: '0' }, 'reward in BTC 0.5'],
    // Both legs stay within what `Balance` shows: as flows they would give every lot a new cost.
    [{ type: 'earn', subtype: 'allocation', amount: '-0.5', fee: '0' }, null],
    [{ type: 'earn', subtype: 'allocation', asset: 'XBT.F', fee: '0' }, null],
    [{ type: 'transfer', subtype: 'spottostaking', amount: '-0.5', fee: '0' }, null],
    [{ type: 'transfer', subtype: 'stakingfromspot', asset: 'DOT.S', fee: '0' }, null],
    [{ type: 'transfer', subtype: 'spottofutures', amount: '-0.5', fee: '0' }, 'transfer out BTC 0.5'],
    [{ type: 'earn', subtype: 'deallocation', fee: '0.001' }, 'transfer in BTC 0.5 fee 0.001'],
    [{ type: 'spend', asset: 'ZEUR', amount: '-100', fee: '0.45' }, 'transfer out EUR 100 fee 0.45'],
    [{ type: 'rollover', amount: '0', fee: '0.02' }, 'interest out BTC 0.02'],
    [{ type: 'rollover', amount: '0', fee: '-0.02' }, 'interest in BTC 0.02'],
    // A withdrawal that failed comes back with both signs turned.
    [{ type: 'withdrawal', fee: '-0.001' }, 'withdrawal in BTC 0.5 fee -0.001'],
    [{ type: 'a_type_of_tomorrow', fee: '0' }, 'transfer in BTC 0.5'],
    [{ type: 'toString', fee: '0' }, 'transfer in BTC 0.5'],
    [{ type: 'trade' }, null],
    [{ amount: '0.00', fee: '0' }, null],
  ]
  for (const [alter, wanted] of kinds) {
    const flow = parseFlow('L', { ...ENTRY, ...alter }, 'acc')
    const shown =
      flow === null
        ? null
        : [flow.flow, flow.direction, flow.asset, flow.amount, ...(flow.fee ? ['fee', flow.fee.amount] : [])].join(' ')
    assert.equal(shown, wanted, JSON.stringify(alter))
  }
  assertRequires(ENTRY, ['time', 'type', 'asset', 'amount', 'fee'], (altered) =>
    parseFlow('L', altered as typeof ENTRY, 'acc'),
  )
  assertSurvivesMutation(ENTRY, (altered) => parseFlow('L', altered as typeof ENTRY, 'acc'))
})

test('balances: the wallets of an asset together', () => {
  const answer = { error: [], result: { XXBT: '0.5', 'XBT.M': '0.25', ZUSD: '0.0000', SOL: '1', 'SOL03.S': '2.5' } }
  assert.deepEqual(parseBalances(answer), [
    { asset: 'BTC', total: '0.75' },
    { asset: 'SOL', total: '3.5' },
  ])
  assertSurvivesMutation(answer, parseBalances)
})

const KEY = {
  apiKeyName: 'n',
  permissions: ['query-funds', 'query-ledger'],
  iban: 'AA88 N84G WOAK NMOI',
  validUntil: '0',
  queryFrom: '0',
  queryTo: '0',
}
const report = (alter: object) => parseKeyReport({ error: [], result: { ...KEY, ...alter } })

test('a key that can do more than query, or sees only a part of the time, is not read-only', () => {
  assert.deepEqual(report({}), { readOnly: true, excess: [], accountUid: 'AA88 N84G WOAK NMOI' })
  for (const right of ['modify-trades', 'withdraw-funds', 'deposit-funds', 'a-right-of-tomorrow']) {
    assert.deepEqual(report({ permissions: ['query-funds', right] }).excess, [right])
  }
  assert.deepEqual(report({ queryFrom: '1700000000' }).excess, ['queryFrom'])
  assert.deepEqual(report({ queryTo: '1700000000' }).excess, ['queryTo'])
  assert.throws(() => report({ permissions: undefined }), refusal('venue_answer_invalid'))
  assert.throws(() => report({ permissions: [{}] }), refusal('venue_answer_invalid'))
  assert.throws(() => report({ iban: '' }), refusal('venue_answer_invalid'))
})

test('an answer with an error has no result', () => {
  assert.throws(() => parseBalances({ error: ['EGeneral:x'], result: {} }), refusal('venue_answer_invalid'))
})

test('daily closes', () => {
  const answer = parseLosslessJson(
    '{"error":[],"result":{"XXBTZUSD":[[1717113600,"1","2","0.5","1.50","1.2","0",3]],"last":1717027200}}',
  )
  const market = { pair: 'XXBTZUSD', base: 'BTC', quote: 'USD' }
  assert.deepEqual(parseDailyCloses(answer, market), [
    { market: 'BTC/USD', base: 'BTC', quote: 'USD', day: '2024-05-31', close: '1.50' },
  ])
  assertSurvivesMutation(answer, (altered) => parseDailyCloses(altered, market))
})
