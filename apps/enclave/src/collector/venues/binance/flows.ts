/**
 * Deposits and withdrawals: windows of 90 days (the most Binance answers), each paged by offset, from its first day on.
 * Once caught up, every look reads the last 90 days again: an entry is listed when it is made and counts when it is final.
 */
import type { Flow } from '@perf-aggregator/performance'
import type { Cursor, Page, StreamName } from '../../../ports/venue.ts'
import type { Tenants } from '../../tenants.ts'
import type { Connection } from '../connection.ts'
import { cursorNumber } from '../cursor.ts'
import { DAY_MS } from '../day.ts'
import { asFields, asList, text } from '../fields.ts'
import { Walks } from '../walks.ts'
import { parseDeposit, parseWithdrawal } from './parse.ts'

/** Nothing on Binance is older. */
const FIRST_DAY = Date.parse('2017-07-01T00:00:00Z')
const WINDOW = 90 * DAY_MS
const PER_PAGE = 1_000

const ENDPOINTS = { deposits: 'sapiGetCapitalDepositHisrec', withdrawals: 'sapiGetCapitalWithdrawHistory' } as const

export class BinanceFlows {
  readonly #connection: Connection
  readonly #tenants: Tenants
  readonly #walks = new Walks()

  constructor(connection: Connection, tenants: Tenants) {
    this.#connection = connection
    this.#tenants = tenants
  }

  /** Windows without any entry are passed over within one page: an account has years of them. */
  async page(account: string, stream: 'deposits' | 'withdrawals', cursor: Cursor | null): Promise<Page> {
    await this.#connection.ready()
    const now = this.#connection.now()
    for (let window = firstWindow(cursor, now); ; window = { from: window.to, to: window.to + WINDOW }) {
      const { flows, done } = await this.#window(account, stream, window)
      if (!done) return { events: flows, cursor: { ...window, open: true }, more: true }
      if (window.to >= now) return { events: flows, cursor: { ...window, open: false }, more: false }
    }
  }

  /** The next page of a window. A window is done when a page of it is empty. */
  async #window(
    account: string,
    stream: 'deposits' | 'withdrawals',
    { from, to }: Window,
  ): Promise<{ readonly flows: readonly Flow[]; readonly done: boolean }> {
    const tenant = this.#tenants.current()
    const name = `${from}..${to}`
    const walk = this.#walks.find(tenant, stream, name) ?? this.#walks.begin(tenant, stream, name)
    const params = { startTime: from, endTime: to, limit: PER_PAGE, offset: walk.position }
    const entries = asList(await this.#connection.private(ENDPOINTS[stream], params), stream)
    const parse = stream === 'deposits' ? parseDeposit : parseWithdrawal
    const flows = entries.map((entry) => parse(entry, account)).filter((flow) => flow !== null)
    const done = walk.take(entries.map(entryId), entries.length === 0, null) === 'complete'
    if (done) this.#walks.end(tenant, stream)
    return { flows, done }
  }
}

/** Both ends inclusive, milliseconds. The end is kept while a window is walked, so that offsets mean the same on each page. */
interface Window {
  readonly from: number
  readonly to: number
}

function firstWindow(cursor: Cursor | null, now: number): Window {
  if (cursor === null) return { from: FIRST_DAY, to: FIRST_DAY + WINDOW }
  if (cursor['open'] !== true) return { from: now - WINDOW, to: now }
  return { from: cursorNumber(cursor, 'from'), to: cursorNumber(cursor, 'to') }
}

/** Deposits had no id of their own once. */
function entryId(entry: unknown): string {
  const fields = asFields(entry, 'entry')
  return fields['id'] === undefined ? `${text(fields, 'coin')}:${text(fields, 'txId')}` : text(fields, 'id')
}

export function isFlowStream(stream: StreamName): stream is 'deposits' | 'withdrawals' {
  return stream === 'deposits' || stream === 'withdrawals'
}
