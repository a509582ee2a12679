/** Random histories of one account: bought and sold, paid for in every asset, brought in and taken out. */
import type { AccountEvent, DailyClose } from '../src/index.ts'
import { event, prices, startOf } from './notation.ts'
import { fc } from './property.ts'

export const DAYS = 6

/** JPY is priced by an inverse, XRP through ETH, BNB and ETH directly; all with fractions that do not end. */
export const CLOSES: readonly DailyClose[] = prices(`ETH/USDT 2000 2031.7 1987.3 2100.01 2222.2 1999.99
                                                     BNB/USDT 300 301.1 299.7 - 310.3 307
                                                     USDT/JPY 157.3 156.1 155.7 158.9 157 156.3
                                                     XRP/ETH 0.00031 0.00029 0.00033 0.0003 - 0.00028`)

const MARKETS: readonly (readonly [market: string, price: number])[] = [
  ['ETH/USDT', 2000],
  ['BNB/USDT', 300],
  ['XRP/ETH', 0.0003],
  ['ETH/JPY', 314_000],
  ['USDT/JPY', 157],
]

const places = (value: number): string => value.toFixed(8)

const fill = fc
  .record({
    side: fc.constantFrom('buy', 'sell'),
    market: fc.constantFrom(...MARKETS),
    quantity: fc.double({ min: 0.001, max: 5, noNaN: true }),
    drift: fc.double({ min: 0.8, max: 1.25, noNaN: true }),
    fee: fc.constantFrom('', 'base', 'quote', 'BNB', 'rebate', 'two'),
    rounded: fc.boolean(),
    reversed: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
  })
  .map(({ side, market: [market, price], quantity, drift, fee, rounded, reversed }) => {
    const [base, quote] = market.split('/')
    const paid = price * drift
    const fees: Readonly<Record<string, string>> = {
      base: `fee ${places(quantity / 1000)} ${base}`,
      quote: `fee ${places((quantity * paid) / 1000)} ${quote}`,
      BNB: 'fee 0.00123457 BNB',
      rebate: `fee ${places((-quantity * paid) / 5000)} ${quote}`,
      two: `fee 0.00012345 BNB fee ${places(quantity / 2000)} ${base}`,
    }
    const exchanged = rounded ? `for ${(quantity * paid).toFixed(8)}` : ''
    return `${reversed ? 'reverse ' : ''}${side} ${places(quantity)} ${market} at ${places(paid)} ${exchanged} ${fees[fee] ?? ''}`
  })

const flow = fc
  .record({
    kind: fc.constantFrom('deposit', 'withdrawal', 'interest', 'interest out', 'reward'),
    asset: fc.constantFrom('USDT', 'ETH', 'BNB', 'XRP', 'JPY'),
    amount: fc.double({ min: 0.001, max: 20, noNaN: true }),
    fee: fc.constantFrom('', 'fee 0.00077 ETH', 'fee 0.5 USDT'),
  })
  .map(({ kind, asset, amount, fee }) => `${kind} ${places(amount)} ${asset} ${fee}`)

/** In canonical order; some share an instant, ids count up. */
export const history: fc.Arbitrary<AccountEvent[]> = fc
  .array(fc.tuple(fc.oneof({ weight: 4, arbitrary: fill }, flow), fc.integer({ min: 0, max: 3 })), {
    minLength: 1,
    maxLength: 60,
  })
  .map((lines) => {
    const step = Math.floor((DAYS * 86_400_000_000) / (lines.length * 3 + 1))
    let at = startOf(1)
    return lines.map(([line, gap], index) => event(line, (at += gap * step), String(1000 + index)))
  })

/** The same events in chunks, some delivered again, in any order. */
export function deliveries(events: readonly AccountEvent[]): fc.Arbitrary<AccountEvent[][]> {
  return fc
    .tuple(
      fc.shuffledSubarray([...events], { minLength: events.length }),
      fc.shuffledSubarray([...events]),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 }),
    )
    .map(([all, again, sizes]) => {
      const stream = [...all, ...again]
      const chunks: AccountEvent[][] = []
      for (let index = 0; stream.length > 0; index++) chunks.push(stream.splice(0, sizes[index % sizes.length]))
      return chunks
    })
}
