/** How far assets move: a matter of the asset, whatever each venue asks for one. */

/** An asset as a venue prices it. */
export interface PricedAsset {
  readonly asset: string
  /** What it costs at the start of the history. */
  readonly usd: string
  /** Largest daily step, in millionths. */
  readonly volatility: number
}

const VOLATILITY = {
  USD: 0,
  USDC: 0,
  USDT: 400,
  EUR: 4_000,
  BTC: 30_000,
  BNB: 30_000,
  LTC: 30_000,
  ETH: 36_000,
  ADA: 40_000,
  LINK: 40_000,
  XRP: 40_000,
  SOL: 45_000,
  DOGE: 50_000,
} as const

type Asset = keyof typeof VOLATILITY

/** Of an asset that only a recording knows. */
export const USUAL_VOLATILITY = 30_000

/** Assets with their prices in USD, in the order given. */
export function priced(usd: Readonly<Partial<Record<Asset, string>>>): readonly PricedAsset[] {
  const entries = Object.entries(usd) as [Asset, string][]
  return entries.map(([asset, price]) => ({ asset, usd: price, volatility: VOLATILITY[asset] }))
}
