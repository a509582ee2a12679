import { type Fill, type Flow, flowChange, legs } from '../account/events.ts'
import { type Amount, fixed, plain, timesRounded } from '../amount/amount.ts'
import type { Showcase, VenueParts } from '../exchange/exchange.ts'
import { wholeNumber } from '../exchange/message.ts'
import { pageSize } from '../exchange/page-size.ts'
import { Seeded } from '../random/seeded.ts'
import { walletId } from './account-data.ts'
import type { CoinbaseKey } from './keys.ts'
import { isFiat, productId } from './market-data.ts'
import { refusal } from './refusals.ts'

const DEFAULT_ROWS = 25
const MOST_ROWS = 100

interface Transaction {
  readonly id: string
  readonly at: number
  readonly sequence: number
  readonly row: (parts: VenueParts<CoinbaseKey>) => unknown
}

/** `GET /v2/accounts`: one wallet per asset, paged by `starting_after`. */
export function wallets(parts: VenueParts<CoinbaseKey>, query: URLSearchParams, path: string): unknown {
  const rows = parts.profile.assets.map(({ asset }) => ({ id: walletId(asset), asset }))
  return page(parts, rows, query, path, path, ({ asset }) => {
    const id = walletId(asset)
    return {
      id,
      name: `${asset} Wallet`,
      primary: false,
      type: isFiat(asset) ? 'fiat' : 'wallet',
      currency: {
        code: asset,
        name: asset,
        color: '#000000',
        sort_index: 100,
        exponent: isFiat(asset) ? 2 : 8,
        type: isFiat(asset) ? 'fiat' : 'crypto',
      },
      balance: { amount: plain(parts.trader.account.balance(asset)), currency: asset },
      created_at: '2021-05-31T09:59:59Z',
      updated_at: '2024-01-15T10:30:00Z',
      resource: 'account',
      resource_path: `/v2/accounts/${id}`,
      allow_deposits: true,
      allow_withdrawals: true,
    }
  })
}

/**
 * `GET /v2/accounts/{id}/transactions`: everything that moved one wallet, newest first: deposits, withdrawals and, as on
 * the real one, each leg of every fill.
 */
export function transactions(
  parts: VenueParts<CoinbaseKey>,
  showcase: Showcase,
  wallet: string,
  query: URLSearchParams,
  path: string,
  now: number,
): unknown {
  const asset = parts.profile.assets
    .map((known) => known.asset)
    .find((known) => walletId(known) === wallet || known === wallet)
  if (asset === undefined) throw refusal(404, 'not_found', 'Not found')
  const rows = showcase.view(`transactions ${asset}`, now, () => {
    const moved = showcase
      .flows(now)
      .filter((flow) => flow.asset === asset)
      .map(flowTransaction)
    const filled = showcase.fills(now).flatMap((fill) => fillTransaction(fill, asset))
    return [...moved, ...filled].sort((a, b) => b.at - a.at || b.sequence - a.sequence)
  })
  return page(parts, rows, query, path, `/v2/accounts/${wallet}/transactions`, ({ row }) => row(parts))
}

function page<T extends { readonly id: string }>(
  parts: VenueParts<CoinbaseKey>,
  rows: readonly T[],
  query: URLSearchParams,
  path: string,
  uri: string,
  show: (row: T) => unknown,
): unknown {
  const asked = wholeNumber(query.get('limit') ?? '') ?? DEFAULT_ROWS
  const size = pageSize(parts.settings, MOST_ROWS, asked)
  const after = query.get('starting_after')
  const start = after === null ? 0 : rows.findIndex(({ id }) => id === after) + 1
  const shown = parts.faults.page(rows, start, size, path)
  const last = start + size < rows.length ? rows[start + size - 1] : undefined
  return {
    pagination: {
      ending_before: null,
      starting_after: after,
      previous_ending_before: null,
      next_starting_after: last?.id ?? null,
      limit: size,
      order: 'desc',
      previous_uri: null,
      next_uri: last === undefined ? null : `${uri}?limit=${size}&starting_after=${last.id}`,
    },
    data: shown.map(show),
  }
}

function flowTransaction(flow: Flow): Transaction {
  const { id, at, sequence, asset, direction, fee, status } = flow
  const change = direction === 'in' ? flow.amount : -(flow.amount + fee)
  return {
    id,
    at,
    sequence,
    row: (parts) => ({
      ...frame(parts, id, at, asset, change),
      type: isFiat(asset) ? (direction === 'in' ? 'fiat_deposit' : 'fiat_withdrawal') : 'send',
      status: status === 'done' ? 'completed' : 'canceled',
      ...(isFiat(asset) ? {} : { network: network(flow, flowChange(flow)) }),
    }),
  }
}

function network({ asset, fee, direction, amount, id }: Flow, change: Amount): unknown {
  const settled = {
    status: change === 0n ? 'off_blockchain' : 'confirmed',
    hash: `sandbox-tx-${id}`,
    network_name: asset.toLowerCase(),
  }
  if (direction === 'in') return settled
  return {
    ...settled,
    transaction_fee: { amount: plain(fee), currency: asset },
    transaction_amount: { amount: plain(amount), currency: asset },
  }
}

/** The part of a fill that moved this wallet; the commission is in the quote leg. */
function fillTransaction(fill: Fill, asset: string): readonly Transaction[] {
  const change = legs(fill)
    .filter((leg) => leg.asset === asset)
    .reduce((sum, leg) => sum + leg.change, 0n)
  if (asset !== fill.market.base && asset !== fill.market.quote) return []
  const id = new Seeded(`coinbase-transaction/${fill.tradeId}/${fill.sequence}/${asset}`).uuid()
  return [
    {
      id,
      at: fill.at,
      sequence: fill.sequence,
      row: (parts) => ({
        ...frame(parts, id, fill.at, asset, change),
        type: 'advanced_trade_fill',
        status: 'completed',
        advanced_trade_fill: {
          fill_price: plain(fill.price),
          product_id: productId(fill.market),
          order_id: fill.orderId,
          commission: plain(fill.fee),
          order_side: fill.side,
        },
      }),
    },
  ]
}

function frame(parts: VenueParts<CoinbaseKey>, id: string, at: number, asset: string, change: Amount) {
  const time = `${new Date(at / 1000).toISOString().slice(0, 19)}Z`
  const usd = timesRounded(change, parts.board.rate(asset, 'USD', at / 1000, 2), 2)
  return {
    id,
    amount: { amount: plain(change), currency: asset },
    native_amount: { amount: fixed(usd, 2), currency: 'USD' },
    description: null,
    created_at: time,
    updated_at: time,
    resource: 'transaction',
    resource_path: `/v2/accounts/${walletId(asset)}/transactions/${id}`,
    instant_exchange: false,
    hide_native_amount: false,
  }
}
