/**
 * The notation of these tests, one event per line:
 *
 *     buy 1 ETH/USDT at 2000 fee 0.001 ETH
 *     reverse buy 1 ETH/USDT at 2000 fee 0.001 ETH
 *     sell 0.5 ETH/USDT at 2100 for 1049.99 fee 2 USDT fee -0.01 BNB
 *     deposit 5 BNB            withdrawal 1 ETH fee 0.01 ETH
 *     interest 0.1 ETH         interest out 2 USDT
 *     day 3                    the following lines happen on the third day
 *
 * Events are a second apart. `prices('ETH/USDT 2000 2100')` are the closes of the days from the first.
 */
import { dayName, dayNumber } from '../src/day.ts'
import type { AccountEvent, BalanceSnapshot, DailyClose, Fee, Fill, Flow } from '../src/index.ts'

export const FIRST_DAY = dayNumber('2024-03-01')
export const ACCOUNT = 'alice'
export const VENUE = 'binance'
const MICROS_PER_DAY = 86_400_000_000
const SECOND = 1_000_000

/** Start of the nth day, counted from one. */
export function startOf(day: number): number {
  return (FIRST_DAY + day - 1) * MICROS_PER_DAY
}

/** The last instant of the nth day. */
export function endOf(day: number): number {
  return startOf(day + 1) - 1
}

export function events(text: string, account = ACCOUNT): AccountEvent[] {
  let day = 1
  let second = 0
  let id = 100
  const list: AccountEvent[] = []
  for (const line of text.split('\n').map((part) => part.trim())) {
    if (line === '') continue
    const words = line.split(/\s+/)
    if (words[0] === 'day') {
      day = Number(words[1])
      second = 0
      continue
    }
    const at = startOf(day) + ++second * SECOND
    list.push(eventOf(words, at, String(++id), account))
  }
  return list
}

/** One line. */
export function event(line: string, at: number, id: string, account = ACCOUNT): AccountEvent {
  return eventOf(line.trim().split(/\s+/), at, id, account)
}

function eventOf(words: readonly string[], at: number, id: string, account: string): AccountEvent {
  const fees = feesOf(words)
  if (words[0] === 'reverse') return { ...fillOf(words.slice(1), fees, at, id, account), execution: 'reversal' }
  if (words[0] === 'buy' || words[0] === 'sell') return fillOf(words, fees, at, id, account)
  const out = words[1] === 'out' || words[0] === 'withdrawal'
  const [amount, asset] = words.slice(words[1] === 'out' ? 2 : 1)
  const [fee] = fees
  return {
    kind: 'flow',
    account,
    venue: VENUE,
    id,
    at,
    flow: words[0] as Flow['flow'],
    direction: out ? 'out' : 'in',
    asset: asset!,
    amount: amount!,
    ...(fee === undefined ? {} : { fee }),
  }
}

function fillOf(words: readonly string[], fees: readonly Fee[], at: number, id: string, account: string): Fill {
  const [side, quantity, market] = words
  const [base, quote] = market!.split('/')
  const exchanged = words.indexOf('for')
  return {
    kind: 'fill',
    account,
    venue: VENUE,
    product: 'spot',
    market: market!,
    base: base!,
    quote: quote!,
    tradeId: id,
    orderId: `order-${id}`,
    at,
    side: side as Fill['side'],
    quantity: quantity!,
    price: words[words.indexOf('at') + 1]!,
    ...(exchanged === -1 ? {} : { quoteQuantity: words[exchanged + 1]! }),
    fees,
    execution: 'trade',
  }
}

function feesOf(words: readonly string[]): Fee[] {
  return words.flatMap((word, index) =>
    word === 'fee' ? [{ amount: words[index + 1]!, asset: words[index + 2]! }] : [],
  )
}

/** Closes of consecutive days from the first; `-` for a day without one. */
export function prices(text: string): DailyClose[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [market, ...closes] = line.split(/\s+/)
      const [base, quote] = market!.split('/')
      return closes.flatMap((close, index) =>
        close === '-' ? [] : [{ market: market!, base: base!, quote: quote!, day: dayName(FIRST_DAY + index), close }],
      )
    })
}

/** `balances('1 ETH, 20 USDT', startOf(1))` */
export function balances(text: string, at: number, account = ACCOUNT): BalanceSnapshot {
  const held = text.split(',').map((part) => part.trim())
  return {
    account,
    at,
    balances: held
      .filter((part) => part !== '')
      .map((part) => {
        const [total, asset] = part.split(/\s+/)
        return { asset: asset!, total: total! }
      }),
  }
}
