/** One row per booking rule: what was there, what happens, which pieces of lots it closes, what is left. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDecimal, formatMoney } from '../../src/decimal/format.ts'
import { FifoBook, type Match } from '../../src/index.ts'
import { marksOf } from '../../src/nav/marks.ts'
import { Pegs } from '../../src/nav/pegs.ts'
import { PriceBook } from '../../src/nav/price-book.ts'
import { balances, events, FIRST_DAY, prices, startOf } from '../notation.ts'

interface Rule {
  readonly rule: string
  readonly opening?: string
  readonly before?: string
  readonly apply: string
  /** `quantity ASSET cost > proceeds`, each closed piece; `?` before it when it was unattributed. */
  readonly booked: readonly string[]
  /** `quantity ASSET for cost`, each open lot. */
  readonly after: readonly string[]
  readonly realised: string
  readonly also?: (book: FifoBook) => void
  readonly closes?: string
  readonly pegs?: readonly { readonly asset: string; readonly equals: string }[]
}

const RULES: readonly Rule[] = [
  {
    rule: 'a buy opens a lot at what was paid',
    apply: 'buy 2 ETH/USDT at 2000',
    booked: [],
    after: ['2 ETH for 4000'],
    realised: '0',
  },
  {
    rule: "the venue's own quote amount counts, not quantity times price",
    apply: 'buy 3 ETH/USDT at 0.333333 for 1',
    booked: [],
    after: ['3 ETH for 1'],
    realised: '0',
  },
  {
    rule: 'a fee in the base asset makes the lot smaller and leaves its cost',
    apply: 'buy 1 ETH/USDT at 2000 fee 0.001 ETH',
    booked: [],
    after: ['0.999 ETH for 2000'],
    realised: '0',
  },
  {
    rule: 'a fee in the quote asset adds to the cost of a buy',
    apply: 'buy 1 ETH/USDT at 2000 fee 2 USDT',
    booked: [],
    after: ['1 ETH for 2002'],
    realised: '0',
  },
  {
    rule: 'base fee in, quote fee out: the cash truth is 95.90',
    before: 'buy 1 ETH/USDT at 2000 fee 0.001 ETH',
    apply: 'sell 0.999 ETH/USDT at 2100 fee 2 USDT',
    booked: ['0.999 ETH 2000 > 2095.9'],
    after: [],
    realised: '95.9',
  },
  {
    rule: 'the oldest lot closes first',
    before: `buy 1 ETH/USDT at 100
             buy 1 ETH/USDT at 200`,
    apply: 'sell 1.5 ETH/USDT at 300',
    booked: ['1 ETH 100 > 300', '0.5 ETH 100 > 150'],
    after: ['0.5 ETH for 100'],
    realised: '250',
  },
  {
    rule: 'slices of a lot that do not divide sum to the whole: the last takes what is left',
    before: `buy 3 ETH/USDT at 0.333333 for 1
             sell 1 ETH/USDT at 1
             sell 1 ETH/USDT at 1`,
    apply: 'sell 1 ETH/USDT at 1',
    booked: ['1 ETH 0.333333333333333333 > 1'],
    after: [],
    realised: '2',
  },
  {
    rule: 'a fee in the base asset of a sale closes lots too',
    before: 'buy 2 ETH/USDT at 100',
    apply: 'sell 1 ETH/USDT at 120 fee 0.5 ETH',
    booked: ['1.5 ETH 150 > 120'],
    after: ['0.5 ETH for 50'],
    realised: '-30',
  },
  {
    rule: 'a rebate in the quote asset lowers the cost',
    apply: 'buy 1 ETH/USDT at 2000 fee -0.5 USDT',
    booked: [],
    after: ['1 ETH for 1999.5'],
    realised: '0',
  },
  {
    rule: 'a third-asset fee is worth its price, adds to the cost, and closes lots of that asset at that price',
    before: 'buy 1 BNB/USDT at 250',
    apply: 'buy 1 ETH/USDT at 2000 fee 0.01 BNB',
    booked: ['0.01 BNB 2.5 > 3'],
    after: ['0.99 BNB for 247.5', '1 ETH for 2003'],
    realised: '0.5',
  },
  {
    rule: 'a third-asset fee lowers the proceeds of a sale',
    before: `buy 1 BNB/USDT at 300
             buy 1 ETH/USDT at 2000`,
    apply: 'sell 1 ETH/USDT at 2100 fee 0.01 BNB',
    booked: ['0.01 BNB 3 > 3', '1 ETH 2000 > 2097'],
    after: ['0.99 BNB for 297'],
    realised: '97',
  },
  {
    rule: 'a third-asset rebate opens a lot and lowers the cost',
    apply: 'buy 1 ETH/USDT at 2000 fee -0.01 BNB',
    booked: [],
    after: ['1 ETH for 1997', '0.01 BNB for 3'],
    realised: '0',
  },
  {
    rule: 'a fee in an asset without a price costs what its lots cost, and is noted',
    before: `deposit 100 USDT
             buy 10 JUNK/GEM at 1 for 10`,
    apply: 'buy 1 ETH/USDT at 2000 fee 2 JUNK',
    booked: ['2 JUNK 0 > 0'],
    after: ['8 JUNK for 0', '1 ETH for 2000'],
    realised: '0',
    also: (book) => assert.equal(book.tallies().at(-1)?.unpricedFees, 1),
  },
  {
    rule: 'a sale of more than was held makes no profit on what is missing',
    before: 'buy 1 ETH/USDT at 100',
    apply: 'sell 3 ETH/USDT at 200',
    booked: ['? 2 ETH 400 > 400', '1 ETH 100 > 200'],
    after: [],
    realised: '100',
    also: (book) =>
      assert.deepEqual(
        book.shortfalls().map(({ quantity }) => quantity),
        ['2'],
      ),
  },
  {
    rule: 'a sale without any buy is no profit',
    apply: 'sell 1 ETH/USDT at 2519.62',
    booked: ['? 1 ETH 2519.62 > 2519.62'],
    after: [],
    realised: '0',
    also: (book) => assert.equal(book.shortfalls().length, 1),
  },
  {
    rule: 'a deposit opens a lot at the price of its day',
    apply: 'deposit 2 ETH',
    booked: [],
    after: ['2 ETH for 4000'],
    realised: '0',
  },
  {
    rule: 'deposit, then sell: no profit out of nothing',
    before: 'deposit 1 ETH',
    apply: 'sell 1 ETH/USDT at 2000',
    booked: ['1 ETH 2000 > 2000'],
    after: [],
    realised: '0',
  },
  {
    rule: 'an opening balance is a lot at the price of its day',
    opening: '1 ETH, 500 USDT',
    apply: 'sell 1 ETH/USDT at 2010',
    booked: ['1 ETH 2000 > 2010'],
    after: [],
    realised: '10',
  },
  {
    rule: 'a withdrawal takes the oldest lot off without profit; what it gained is told apart',
    before: `buy 1 ETH/USDT at 1500
             buy 1 ETH/USDT at 1900`,
    apply: 'withdrawal 1 ETH',
    booked: [],
    after: ['1 ETH for 1900'],
    realised: '0',
    also: (book) => assert.equal(formatMoney(book.withdrawnGain), '500'),
  },
  {
    rule: 'the fee of a withdrawal is an expense at the cost of its lots',
    before: 'buy 2 ETH/USDT at 1500',
    apply: 'withdrawal 1 ETH fee 0.1 ETH',
    booked: [],
    after: ['0.9 ETH for 1350'],
    realised: '0',
    also: (book) => assert.equal(formatMoney(book.otherIncome), '-150'),
  },
  {
    rule: 'interest opens a lot at its price and is income',
    apply: 'interest 0.5 ETH',
    booked: [],
    after: ['0.5 ETH for 1000'],
    realised: '0',
    also: (book) => assert.equal(formatMoney(book.otherIncome), '1000'),
  },
  {
    rule: 'a reward is a flow like a deposit, not income: bonuses are not trading',
    apply: 'reward 0.5 ETH',
    booked: [],
    after: ['0.5 ETH for 1000'],
    realised: '0',
    also: (book) => assert.equal(book.otherIncome, 0n),
  },
  {
    rule: 'crypto to crypto: one value for both legs, the spent asset realises, none appears',
    before: 'buy 2 ETH/USDT at 1500',
    apply: 'buy 1000 XRP/ETH at 0.001',
    booked: ['1 ETH 1500 > 2000'],
    after: ['1 ETH for 1500', '1000 XRP for 2000'],
    realised: '500',
  },
  {
    rule: 'crypto to crypto, the other way, with the fee taken from what is received',
    before: 'deposit 1000 XRP',
    apply: 'sell 1000 XRP/ETH at 0.001 fee 0.1 ETH',
    booked: ['1000 XRP 2000 > 1800'],
    after: ['0.9 ETH for 1800'],
    realised: '-200',
    closes: `ETH/USDT 2000
             XRP/ETH 0.001`,
  },
  {
    rule: 'no price on either side: the cost of what was given passes on',
    before: 'buy 1 ETH/USDT at 1234',
    apply: 'sell 1 ETH/GEM at 10',
    booked: ['1 ETH 1234 > 1234'],
    after: ['10 GEM for 1234'],
    realised: '0',
    closes: 'NONE/USDT 1',
    also: (book) => assert.equal(book.tallies().at(-1)?.unpricedFills, 1),
  },
  {
    rule: 'a base asset that is cash: the other leg holds the lots',
    before: 'sell 110 USDT/EUR at 1 for 100',
    apply: 'buy 120 USDT/EUR at 1 for 100',
    booked: ['100 EUR 110 > 120'],
    after: [],
    realised: '10',
  },
  {
    rule: 'two pegged currencies: the spread between them is booked at once',
    apply: 'buy 100 USDC/USDT at 0.999',
    booked: [],
    after: [],
    realised: '0.1',
    pegs: [{ asset: 'USDC', equals: 'USDT' }],
  },
  {
    rule: 'without a peg a stablecoin has lots like any asset',
    apply: 'buy 100 USDC/USDT at 0.999',
    booked: [],
    after: ['100 USDC for 99.9'],
    realised: '0',
  },
  {
    rule: 'a fee as large as what was bought is a loss, not an empty lot',
    apply: 'buy 1 ETH/USDT at 2000 fee 1 ETH',
    booked: [],
    after: [],
    realised: '-2000',
  },
  {
    rule: 'the reversal of a buy takes back its own lot, the newest, with its fee, and nothing was earned',
    before: `buy 1 ETH/USDT at 1000
             buy 1 ETH/USDT at 2000 fee 2 USDT`,
    apply: 'reverse buy 1 ETH/USDT at 2000 fee 2 USDT',
    booked: ['1 ETH 2002 > 2002'],
    after: ['1 ETH for 1000'],
    realised: '0',
    also: (book) => assert.deepEqual(volumeFeesMatches(book), ['1000', '0', 0]),
  },
  {
    rule: 'a reversal of more than the newest lot goes on to the one before it',
    before: `buy 2 ETH/USDT at 1000
             buy 1 ETH/USDT at 2000`,
    apply: 'reverse buy 1.5 ETH/USDT at 2000 for 2500',
    booked: ['1 ETH 2000 > 1666.666666666666666667', '0.5 ETH 500 > 833.333333333333333333'],
    after: ['1.5 ETH for 1500'],
    realised: '0',
  },
  {
    rule: 'the reversal of a sale brings the asset back at what it had fetched',
    before: `buy 1 ETH/USDT at 1000
             sell 1 ETH/USDT at 1500 fee 3 USDT`,
    apply: 'reverse sell 1 ETH/USDT at 1500 fee 3 USDT',
    booked: [],
    after: ['1 ETH for 1497'],
    realised: '497',
    also: (book) => assert.deepEqual(volumeFeesMatches(book), ['1000', '0', 1]),
  },
  {
    rule: 'the reversal of a base fee gives it back',
    before: `buy 1 ETH/USDT at 1000
             buy 1 ETH/USDT at 2000 fee 0.01 ETH`,
    apply: 'reverse buy 1 ETH/USDT at 2000 fee 0.01 ETH',
    booked: ['0.99 ETH 2000 > 2000'],
    after: ['1 ETH for 1000'],
    realised: '0',
  },
  {
    rule: 'a finer quantity than any before changes no figure',
    before: 'buy 1 ETH/USDT at 2000',
    apply: 'sell 0.000000000001 ETH/USDT at 3000',
    booked: ['0.000000000001 ETH 0.000000002 > 0.000000003'],
    after: ['0.999999999999 ETH for 1999.999999998'],
    realised: '0.000000001',
  },
  {
    rule: 'a finer quantity leaves the dust of a round trip what it was',
    before: `buy 1 ETH/USDT at 2000
             sell 0.5 ETH/USDT at 2000`,
    apply: 'sell 0.490000000001 ETH/USDT at 2000 for 1000',
    booked: ['0.490000000001 ETH 980.000000002 > 1000'],
    after: ['0.009999999999 ETH for 19.999999998'],
    realised: '19.999999998',
    also: (book) => assert.equal(book.tallies()[0]?.roundTrips.winners, 1),
  },
  {
    rule: 'two hundredths left are no dust',
    before: 'buy 1 ETH/USDT at 2000',
    apply: 'sell 0.980000000000 ETH/USDT at 2000',
    booked: ['0.98 ETH 1960 > 1960'],
    after: ['0.02 ETH for 40'],
    realised: '0',
    also: (book) => assert.equal(book.tallies()[0]?.roundTrips.count, 0),
  },
  {
    rule: 'a base fee finer than the quantity changes no figure',
    apply: 'buy 1 ETH/USDT at 2000 fee 0.000000000001 ETH',
    booked: [],
    after: ['0.999999999999 ETH for 2000'],
    realised: '0',
  },
]

const CLOSES = `ETH/USDT 2000
                BNB/USDT 300`

for (const { rule, opening, before = '', apply, booked, after, realised, also, closes = CLOSES, pegs = [] } of RULES) {
  test(rule, () => {
    const matches: Match[] = []
    const priceBook = new PriceBook(marksOf(prices(closes), []), 'USDT', new Pegs(pegs), FIRST_DAY, FIRST_DAY)
    const book = new FifoBook(priceBook, (match) => matches.push(match))
    if (opening !== undefined) book.open(balances(opening, startOf(1)))
    const history = events(`${before}\n${apply}`)
    for (const earlier of history.slice(0, -1)) book.apply(earlier)
    matches.length = 0
    book.apply(history.at(-1)!)

    assert.deepEqual(
      matches.map(
        ({ quantity, asset, cost, proceeds, origin }) =>
          `${origin === 'unattributed' ? '? ' : ''}${quantity} ${asset} ${cost} > ${proceeds}`,
      ),
      booked,
    )
    assert.deepEqual(openLots(book), after)
    assert.equal(formatMoney(book.tallies().reduce((sum, tally) => sum + tally.realised, 0n)), realised)
    also?.(book)
  })
}

function volumeFeesMatches(book: FifoBook): [string, string, number] {
  const [tally] = book.tallies()
  return [formatMoney(tally!.volume), formatMoney(tally!.fees), tally!.lotMatches.count]
}

function openLots(book: FifoBook): string[] {
  return [...book.positions()].flatMap(({ asset, scale, lots }) =>
    lots.map(
      ({ quantity, cost }) => `${formatDecimal({ coefficient: quantity, scale })} ${asset} for ${formatMoney(cost)}`,
    ),
  )
}
