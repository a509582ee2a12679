import type { Market } from '../market/market.ts'

/** Kraken's own asset names: old assets carry an X (crypto) or Z (money) in front, and Bitcoin is XBT. */
const ASSETS: Readonly<
  Record<string, { readonly id: string; readonly altname: string; readonly decimals: number; readonly display: number }>
> = {
  USD: { id: 'ZUSD', altname: 'USD', decimals: 4, display: 2 },
  EUR: { id: 'ZEUR', altname: 'EUR', decimals: 4, display: 2 },
  BTC: { id: 'XXBT', altname: 'XBT', decimals: 10, display: 5 },
  ETH: { id: 'XETH', altname: 'ETH', decimals: 10, display: 5 },
  XRP: { id: 'XXRP', altname: 'XRP', decimals: 8, display: 5 },
  SOL: { id: 'SOL', altname: 'SOL', decimals: 10, display: 5 },
  USDT: { id: 'USDT', altname: 'USDT', decimals: 8, display: 4 },
}

export interface AssetName {
  readonly id: string
  readonly altname: string
  readonly decimals: number
  readonly display: number
}

export function assetName(asset: string): AssetName {
  return ASSETS[asset] ?? { id: asset, altname: asset, decimals: 10, display: 5 }
}

/** Plain name of a Kraken id or altname, or undefined. */
export function plainAsset(name: string, assets: readonly string[]): string | undefined {
  return assets.find((asset) => assetName(asset).id === name || assetName(asset).altname === name)
}

/** Pairs of two old assets join their prefixed ids (`XXBTZUSD`); any other joins the altnames, USD after a new asset included. */
export function pairId(market: Market): string {
  const [base, quote] = [assetName(market.base), assetName(market.quote)]
  const old = (name: AssetName): boolean => name.id !== name.altname
  if (old(base) && old(quote)) return base.id + quote.id
  return market.base === 'USDT' && old(quote) ? base.id + quote.id : pairAltname(market)
}

export function pairAltname(market: Market): string {
  return assetName(market.base).altname + assetName(market.quote).altname
}
