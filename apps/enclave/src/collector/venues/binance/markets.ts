/**
 * Which markets an account may have traded in. Binance shows fills only symbol by symbol, so this decides what is found.
 *
 * Markets get a stream of their own, polled every time, when the trader named them, when they were found to hold fills,
 * or when both of their assets touched the account (balance, deposit, withdrawal, fill, or one of the usual quotes).
 * Every other spot market is visited by the `sweep`, once a day: it is what proves that nothing was traded elsewhere.
 */
import type { BinanceMarket } from './parse.ts'

export const SWEEP = 'sweep'
export const FILLS = 'fills:'

/** What most markets are quoted in. */
const USUAL_QUOTES = ['USDT', 'USDC', 'FDUSD', 'BTC', 'ETH', 'BNB', 'EUR', 'TRY']

/** Symbols that get their own stream, in the order of the venue's list. */
export function watchedSymbols(
  markets: ReadonlyMap<string, BinanceMarket>,
  named: readonly string[],
  touchedAssets: ReadonlySet<string>,
  found: ReadonlySet<string>,
): readonly string[] {
  const wanted = new Set(named.map((symbol) => symbol.replaceAll(/[^A-Za-z0-9]/g, '').toUpperCase()))
  const legs = new Set([...touchedAssets, ...USUAL_QUOTES])
  return [...markets.values()]
    .filter(({ symbol, base, quote }) => {
      if (wanted.has(symbol) || found.has(symbol)) return true
      const touched = touchedAssets.has(base) || touchedAssets.has(quote)
      return touched && legs.has(base) && legs.has(quote)
    })
    .map(({ symbol }) => symbol)
}

/** Symbols after `symbol` in the sweep's fixed order, without those that have their own stream. */
export function sweepAfter(
  markets: ReadonlyMap<string, BinanceMarket>,
  watched: ReadonlySet<string>,
  symbol: string,
): readonly string[] {
  return [...markets.keys()].filter((name) => name > symbol && !watched.has(name)).sort()
}
