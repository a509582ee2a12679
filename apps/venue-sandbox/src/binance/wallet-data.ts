import type { Flow } from '../account/events.ts'
import { plain } from '../amount/amount.ts'
import type { Showcase, VenueParts } from '../exchange/exchange.ts'
import type { VenueKey } from '../exchange/keys.ts'
import { DAY_MS } from '../market/price-path.ts'
import { numberOf } from './account-data.ts'
import { refusal } from './refusals.ts'

const WINDOW_DAYS = 90
const MOST_FLOWS = 1000
const DEPOSIT_SUCCESS = 1
const WITHDRAWAL_COMPLETED = 6
const WITHDRAWAL_REJECTED = 3

/** `GET /sapi/v1/account/apiRestrictions` */
export function apiRestrictions(rights: VenueKey['rights'], now: number): unknown {
  return {
    ipRestrict: false,
    createTime: now - 30 * DAY_MS,
    enableReading: true,
    enableWithdrawals: rights === 'withdraw',
    enableInternalTransfer: rights === 'withdraw',
    enableMargin: false,
    enableFutures: false,
    permitsUniversalTransfer: false,
    enableVanillaOptions: false,
    enableFixApiTrade: false,
    enableFixReadOnly: false,
    enableSpotAndMarginTrading: rights !== 'read',
    enablePortfolioMarginTrading: false,
  }
}

/** `GET /sapi/v1/capital/deposit/hisrec`: newest first, 90 days at most. */
export function deposits(
  parts: VenueParts<VenueKey>,
  showcase: Showcase,
  query: URLSearchParams,
  path: string,
  now: number,
): unknown {
  return flowPage(parts, showcase, 'in', query, path, now).map((flow) => ({
    id: flow.id,
    amount: plain(flow.amount),
    coin: flow.asset,
    network: networkOf(flow.asset),
    status: DEPOSIT_SUCCESS,
    address: address(flow),
    addressTag: '',
    txId: transactionId(flow),
    insertTime: Math.floor(flow.at / 1000),
    completeTime: Math.floor(flow.at / 1000),
    transferType: 0,
    confirmTimes: '12/12',
    unlockConfirm: 12,
    walletType: 0,
  }))
}

/** `GET /sapi/v1/capital/withdraw/history`: newest first, 90 days at most. `amount` is without `transactionFee`. */
export function withdrawals(
  parts: VenueParts<VenueKey>,
  showcase: Showcase,
  query: URLSearchParams,
  path: string,
  now: number,
): unknown {
  return flowPage(parts, showcase, 'out', query, path, now).map((flow) => ({
    id: flow.id,
    amount: plain(flow.amount),
    transactionFee: plain(flow.fee),
    coin: flow.asset,
    status: flow.status === 'done' ? WITHDRAWAL_COMPLETED : WITHDRAWAL_REJECTED,
    address: address(flow),
    txId: flow.status === 'done' ? transactionId(flow) : '',
    applyTime: wallClock(flow.at),
    network: networkOf(flow.asset),
    transferType: 0,
    info: '',
    confirmNo: flow.status === 'done' ? 12 : 0,
    walletType: 0,
    txKey: '',
    completeTime: wallClock(flow.at),
  }))
}

/** `GET /sapi/v1/capital/config/getall` */
export function coins(parts: VenueParts<VenueKey>): unknown {
  return parts.profile.assets.map(({ asset }) => ({
    coin: asset,
    depositAllEnable: true,
    withdrawAllEnable: true,
    name: asset,
    free: plain(parts.trader.account.balance(asset)),
    locked: '0',
    freeze: '0',
    withdrawing: '0',
    ipoing: '0',
    ipoable: '0',
    storage: '0',
    isLegalMoney: asset === 'EUR',
    trading: true,
    networkList: [],
  }))
}

function flowPage(
  parts: VenueParts<VenueKey>,
  showcase: Showcase,
  direction: Flow['direction'],
  query: URLSearchParams,
  path: string,
  now: number,
): readonly Flow[] {
  const endTime = numberOf(query, 'endTime') ?? now
  const startTime = numberOf(query, 'startTime') ?? endTime - WINDOW_DAYS * DAY_MS
  if (endTime - startTime > WINDOW_DAYS * DAY_MS) throw refusal('lookupTooBig', `${WINDOW_DAYS} days`)
  const coin = query.get('coin')
  const limit = Math.min(numberOf(query, 'limit') ?? MOST_FLOWS, MOST_FLOWS, parts.settings.pageSize ?? MOST_FLOWS)
  const flows = showcase
    .flows(now)
    .filter((flow) => flow.direction === direction && (coin === null || flow.asset === coin))
    .filter(({ at }) => at >= startTime * 1000 && at <= endTime * 1000)
    .toReversed()
  return parts.faults.page(flows, numberOf(query, 'offset') ?? 0, limit, path)
}

function networkOf(asset: string): string {
  return asset === 'USDT' ? 'TRX' : asset === 'BNB' ? 'BSC' : asset
}

/** Not addresses of any chain: derived from the id and marked. */
function address(flow: Flow): string {
  return `sandbox-address-${flow.id.slice(0, 16)}`
}

function transactionId(flow: Flow): string {
  return `sandbox-tx-${flow.id}`
}

/** `YYYY-MM-DD HH:MM:SS`, UTC, as the withdrawal history writes its times. */
function wallClock(micros: number): string {
  return new Date(micros / 1000).toISOString().slice(0, 19).replace('T', ' ')
}
