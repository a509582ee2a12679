/** Kraken's asset names in the ledger's words. */

/** Names from before 2014 carry `X` (coins) or `Z` (money); a table, because later coins (`XTZ`, `ZRX`) begin so by chance. */
const LEGACY: Readonly<Record<string, string>> = {
  XXBT: 'BTC',
  XBT: 'BTC',
  XXDG: 'DOGE',
  XDG: 'DOGE',
  XETH: 'ETH',
  XETC: 'ETC',
  XLTC: 'LTC',
  XMLN: 'MLN',
  XREP: 'REP',
  XXLM: 'XLM',
  XXMR: 'XMR',
  XXRP: 'XRP',
  XZEC: 'ZEC',
  XDAO: 'DAO',
  XICN: 'ICN',
  XNMC: 'NMC',
  XXVN: 'XVN',
  ZUSD: 'USD',
  ZEUR: 'EUR',
  ZGBP: 'GBP',
  ZCAD: 'CAD',
  ZJPY: 'JPY',
  ZAUD: 'AUD',
  ZKRW: 'KRW',
  ZARS: 'ARS',
  // Staked ether, one to one with ether since the merge.
  ETH2: 'ETH',
}

/**
 * `XXBT` → `BTC`, `ZUSD` → `USD`, and the wallets Kraken keeps apart by a suffix (`.S` staked, `.B` and `.M` yield, `.F`
 * flexible, `.P` parachain, `.T` tokenised, `.HOLD`) → the asset they hold, bonded terms (`DOT28.S`) included: moving
 * between wallets then changes no balance.
 */
export function assetName(name: string): string {
  const suffix = /\.(?:S|B|M|F|P|T|HOLD)$/.exec(name)
  if (suffix === null) return LEGACY[name] ?? name
  const bare = name.slice(0, suffix.index)
  return LEGACY[bare] ?? (/^[A-Z]{2,}\d\d$/.test(bare) ? bare.slice(0, -2) : bare)
}
