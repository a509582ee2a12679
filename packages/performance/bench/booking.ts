/**
 * FIFO booking on one core, exact, by the booker that `measure` uses, with the naive way beside it: to pair all
 * trades again from the first whenever a new one arrives. Run: `node packages/performance/bench/booking.ts`.
 */
import { cpuUsage } from 'node:process'
import { pathToFileURL } from 'node:url'
import {
  type BalanceSnapshot,
  type DailyClose,
  FifoBook,
  type Fill,
  LiveBook,
  measure,
  readFill,
} from '../src/index.ts'
import { marksOf } from '../src/nav/marks.ts'
import { Pegs } from '../src/nav/pegs.ts'
import { PriceBook } from '../src/nav/price-book.ts'
import { generateFills, START } from './fills/generate.ts'

export interface BenchFigure {
  readonly name: string
  readonly value: number
  readonly unit: string
}

const FILLS = 200_000
const NAIVE_FILLS = 2_000
const MEASURED_FILLS = 10_000
const MEASURED_DAYS = 365
const RUNS = 7

/** What the fees in BNB are paid from, and the cash to trade with. */
const OPENING: BalanceSnapshot = {
  account: 'bench',
  at: START,
  balances: [
    { asset: 'BNB', total: '1000000' },
    { asset: 'USDT', total: '1000000000' },
  ],
}

export async function bench(print: (line: string) => void): Promise<readonly BenchFigure[]> {
  const fills = generateFills(FILLS, MEASURED_DAYS)
  const read = fills.map(readFill)
  const prices = pricesOf(fills)
  const newBook = (): FifoBook => {
    const book = new FifoBook(prices)
    book.open(OPENING)
    return book
  }
  const figures: BenchFigure[] = []
  const report = (name: string, value: number, unit: string): void => {
    figures.push({ name, value, unit })
    print(`${name.padEnd(58)} ${Math.round(value).toLocaleString('en-GB').padStart(12)} ${unit}`)
  }
  print(
    `${FILLS.toLocaleString('en-GB')} fills on 5 markets, fees in base, quote and BNB; median of ${RUNS} runs, processor time of all threads as of one core`,
  )

  const parsed = perSecond(FILLS, () => {
    const book = newBook()
    for (const fill of read) book.applyRead(fill)
    return book
  })
  report('FIFO booking, fills already read', parsed, 'fills/s')
  report(
    'FIFO booking, from decimal strings',
    perSecond(FILLS, () => {
      const book = newBook()
      for (const fill of fills) book.apply(fill)
      return book
    }),
    'fills/s',
  )
  report(
    'live book: strings, deduplicated, ordered, checkpointed',
    perSecond(FILLS, () => {
      const live = new LiveBook(prices, [OPENING])
      for (let start = 0; start < FILLS; start += 500) live.take(fills.slice(start, start + 500))
      return live
    }),
    'fills/s',
  )

  const few = read.slice(0, NAIVE_FILLS)
  const naive = perSecond(
    NAIVE_FILLS,
    () => {
      let book = newBook()
      for (let count = 1; count <= few.length; count++) {
        book = newBook()
        for (const fill of few.slice(0, count)) book.applyRead(fill)
      }
      return book
    },
    3,
  )
  report(`naive re-pairing at each of ${NAIVE_FILLS.toLocaleString('en-GB')} fills`, naive, 'fills/s')
  report('incremental over naive, at that size', parsed / naive, 'times')

  const year = generateFills(MEASURED_FILLS, MEASURED_DAYS)
  const milliseconds = medianMilliseconds(() => measureAccount(year), RUNS)
  report(
    `measure(), ${MEASURED_FILLS.toLocaleString('en-GB')} fills over ${MEASURED_DAYS} days, whole`,
    milliseconds,
    'ms',
  )
  return figures
}

function measureAccount(fills: readonly Fill[]): unknown {
  const until = Math.max(...fills.map(({ at }) => at))
  return measure({
    accounts: [
      {
        account: 'bench',
        venue: 'binance',
        events: fills,
        opening: OPENING,
        closing: { account: 'bench', at: until, balances: [] },
      },
    ],
    closes: closesOf(fills),
    reportingCurrency: 'USDT',
    until,
  })
}

function pricesOf(fills: readonly Fill[]): PriceBook {
  const first = Math.floor(START / 86_400_000_000)
  return new PriceBook(marksOf(closesOf(fills), []), 'USDT', new Pegs([]), first, first + MEASURED_DAYS)
}

/** The last price of each market on each day stands in for its close. */
function closesOf(fills: readonly Fill[]): readonly DailyClose[] {
  const closes = new Map<string, DailyClose>()
  for (const { at, market, base, quote, price } of fills) {
    const day = new Date(at / 1000).toISOString().slice(0, 10)
    closes.set(`${day} ${market}`, { market, base, quote, day, close: price })
    closes.set(`${day} BNB/USDT`, { market: 'BNB/USDT', base: 'BNB', quote: 'USDT', day, close: '300' })
  }
  return [...closes.values()]
}

function perSecond(count: number, work: () => unknown, runs = RUNS): number {
  return (count / medianMilliseconds(work, runs)) * 1000
}

/**
 * Processor time of the whole process, its garbage collector and compiler included: what one core that does nothing
 * else would need, whatever else this machine is busy with. After one run to warm up.
 */
function medianMilliseconds(work: () => unknown, runs: number): number {
  work()
  const times = Array.from({ length: runs }, () => {
    const start = cpuUsage()
    work()
    const { user, system } = cpuUsage(start)
    return (user + system) / 1000
  })
  return times.toSorted((a, b) => a - b)[runs >> 1] ?? Number.NaN
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bench(console.log)
