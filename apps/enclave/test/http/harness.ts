/** A server over small in-test services: each answers one known session, certificate, tile, record and token. */
import { createHash } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { ReportingCurrency } from '@perf-aggregator/contracts'
import type { Performance } from '@perf-aggregator/performance'
import type { Configuration } from '../../src/configuration.ts'
import { readConfiguration } from '../../src/configuration.ts'
import { EnclaveError } from '../../src/errors.ts'
import { buildServer } from '../../src/http/server.ts'
import type { Server } from '../../src/http/server-type.ts'
import type { CollectionStatus, Quote, RequestContext, Services, Session } from '../../src/http/services.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { createMetrics, type Metrics } from '../../src/observability/metrics.ts'
import type { SealedSubmission } from '../../src/ports/collector.ts'
import type { Random } from '../../src/ports/random.ts'

export const NOW = Date.UTC(2026, 2, 1, 12)
export const SESSION_ID = Buffer.alloc(32, 0x5e).toString('base64url')
export const OTHER_SESSION_ID = Buffer.alloc(32, 0x0e).toString('base64url')
export const CERTIFICATE_ID = Buffer.alloc(32, 0xce).toString('base64url')
export const TOKEN = 'Bearer pa_test'

/** Counts up, so that two requests never share an id and every run is the same. */
function countingRandom(): Random {
  let calls = 0
  return {
    bytes(length) {
      calls++
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; at++) {
        bytes[at] = createHash('sha256').update(`${calls}/${at}`).digest()[0] ?? 0
      }
      return bytes
    },
  }
}

export const SESSION: Session = {
  key: 'a1'.repeat(32),
  venue: 'binance',
  label: 'main account',
  account: 'acct-1',
  userId: null,
  symbols: [],
  createdAt: NOW,
  expiresAt: NOW + 86_400_000,
  clientKey: null,
}

export const STATUS: CollectionStatus = {
  state: 'up_to_date',
  fills: 12,
  flows: 1,
  duplicates: 0,
  conflicts: 0,
  pages: 3,
  streams: { total: 2, caughtUp: 2 },
  gaps: [{ stream: 'fills:BTCUSDT', from: '2025-01-01T00:00:00Z', to: '2025-02-01T00:00:00Z' }],
  lastPollAt: NOW - 5_000,
  lastError: null,
  balances: { account: 'acct-1', at: NOW * 1000, balances: [{ asset: 'SECRETASSET', total: '7' }] },
}

const some = { value: '1.5' } as const
const none = { value: null, reason: 'too_few_days' } as const
const CLOSED = {
  count: 5,
  winners: 3,
  losers: 2,
  breakEven: 0,
  winRate: some,
  profitFactor: some,
  expectancy: some,
  payoff: some,
  averageHoldingSeconds: some,
  largestWinShare: some,
}
const TRADES = {
  fills: 12,
  volume: some,
  fees: some,
  realisedPnl: some,
  unrealisedPnl: some,
  lotMatches: { ...CLOSED, count: 6, winners: 4 },
  roundTrips: CLOSED,
}

export const PERFORMANCE: Performance = {
  reportingCurrency: 'USD',
  period: { from: '2026-02-01', to: '2026-03-01', days: 29 },
  total: {
    ...TRADES,
    timeWeightedReturn: some,
    moneyWeightedReturn: some,
    cagr: none,
    volatility: some,
    sharpe: some,
    sortino: some,
    calmar: none,
    omega: some,
    maxDrawdown: { value: '-0.05' },
    drawdownDays: some,
    recoveryDays: none,
    valueAtRisk95: some,
    conditionalValueAtRisk95: some,
  },
  markets: [{ ...TRADES, market: 'BTC/USDT', venue: 'binance' }],
  opening: some,
  closing: some,
  netFlows: some,
  otherIncome: some,
  withdrawnGain: some,
  completeness: [
    {
      account: 'acct-1',
      venue: 'binance',
      assets: [
        {
          asset: 'BTC',
          opening: '0',
          fills: '1',
          fees: '0',
          flows: '0',
          expected: '1',
          closing: '1',
          residual: '0',
          withinTolerance: true,
        },
      ],
      residualValue: { value: '0' },
      residualOfNav: { value: '0' },
      complete: true,
    },
  ],
  notes: {
    shortfalls: 0,
    unattributedValue: '0',
    unpricedFees: 0,
    unpricedFills: 0,
    stalePriceDays: 0,
    fillPriceDays: 0,
    unpricedDays: 0,
    unpricedAssets: ['DUST'],
    duplicates: 0,
  },
  conventions: {
    lots: 'FIFO',
    day: 'UTC',
    daysPerYear: 365,
    riskFreeRate: '0',
    flowTiming: 'start_of_day',
    externalFlows: 'deposits and withdrawals',
    prices: 'daily closes',
    lotMatch: 'one piece of one lot',
    roundTrip: 'flat to flat',
    capitalFloor: '1',
    pegs: [{ asset: 'USDT', equals: 'USD' }],
  },
}

export const DAYS = [{ day: '2026-03-01', nav: some, netFlow: { value: '0' }, return: none, flags: ['wiped'] }] as const

/** Fields in an order no schema has, and one no schema knows: it must leave as it is. */
export const CERTIFICATE = { zeta: 1, statement: { payload: 'p' }, mediaType: 'm', tlogProof: 'c2sp.org/…\n' }

export function quoteOver(nonce: Uint8Array): Quote {
  return {
    quote: new Uint8Array([1, 2, 3, 4]),
    evidenceType: 'simulator',
    endorsements: [new Uint8Array(32).fill(9)],
    binding: {
      nonce,
      hpkeX25519: new Uint8Array(32).fill(1),
      hpkeXWing: new Uint8Array(1216).fill(2),
      signEd25519: new Uint8Array(32).fill(3),
      signMlDsa65: new Uint8Array(1952).fill(4),
      tlsKeySha256: new Uint8Array(0),
      release: new Uint8Array(32).fill(5),
      logOrigin: 'localhost/perf-aggregator',
      keyEpoch: 1,
      notAfter: NOW / 1000 + 3600,
    },
  }
}

/** What reached the services, for the tests to look at. */
export interface Seen {
  submissions: SealedSubmission[]
  contexts: RequestContext[]
  together: (readonly string[])[]
  /** The currency of every certificate that was asked for. */
  told: (ReportingCurrency | undefined)[]
  created: { data: string; bytes: Uint8Array; contentType: string; label: string | null }[]
  limited: string[]
}

function smallServices(seen: Seen): Services {
  const METADATA = { id: 'rec-1', createdAt: NOW, size: 5, contentType: 'text/plain', label: 'scan 12' }
  const authorise = (sessionId: string): Session => {
    if (sessionId !== SESSION_ID && sessionId !== OTHER_SESSION_ID) {
      throw new EnclaveError('session_unknown', 'There is no such session.')
    }
    return SESSION
  }
  return {
    attestation: { quote: async (nonce) => quoteOver(nonce) },
    sessions: {
      async submit(submission, context) {
        seen.submissions.push(submission)
        seen.contexts.push(context)
        return {
          sessionId: SESSION_ID,
          expiresAt: NOW + 60_000,
          exchange: 'kraken',
          label: 'main account',
          account: 'acct-1',
          keyEpoch: 1,
          bound: true,
        }
      },
      async authorise(sessionId, context) {
        seen.contexts.push(context)
        return authorise(sessionId)
      },
      async authoriseTogether(sessionIds, context) {
        seen.contexts.push(context)
        seen.together.push(sessionIds)
        return sessionIds.map(authorise)
      },
      revoke: async () => ({ credentials: 1, events: 12, certificates: 2 }),
    },
    performance: {
      status: async () => STATUS,
      current: async () => ({ performance: PERFORMANCE, days: DAYS }),
    },
    certificates: {
      async issue(_sessions, reportingCurrency) {
        seen.told.push(reportingCurrency)
        return { id: CERTIFICATE_ID, certificate: CERTIFICATE }
      },
      async get(id) {
        if (id !== CERTIFICATE_ID) throw new EnclaveError('certificate_unknown', 'There is no such certificate.')
        return { id, certificate: CERTIFICATE }
      },
    },
    log: {
      checkpoint: async () => 'localhost/perf-aggregator\n1\nAAAA\n\n— sig\n',
      tile: async (path) => (path === 'tile/0/000.p/1' ? new Uint8Array(32).fill(7) : null),
    },
    records: {
      async create(_tenant, { data, contentType, label }) {
        seen.created.push({ data: Buffer.from(data).toString('hex'), bytes: data, contentType, label })
        return { ...METADATA, size: data.length, contentType, label }
      },
      async read(_tenant, id) {
        if (id === 'rec-1') return { ...METADATA, data: Uint8Array.from(Buffer.from('héllo')) }
        if (id === 'rec-2') return { ...METADATA, id, data: Uint8Array.from([0xff, 0x00]) }
        throw new EnclaveError('record_unknown', 'There is no such record.')
      },
      list: async (_tenant, { limit, after }) => ({ records: [METADATA], next: `${after ?? 'start'}-${limit}` }),
      destroy: async (_tenant, id) => {
        if (id !== 'rec-1') throw new EnclaveError('record_unknown', 'There is no such record.')
      },
    },
    tokens: {
      async authorise(authorization) {
        if (authorization === undefined) throw new EnclaveError('token_missing', 'A bearer token is needed.')
        if (authorization !== TOKEN) throw new EnclaveError('token_invalid', 'This token is not live.')
        return { tenant: 'tenant-1' }
      },
    },
    health: { ready: async () => ({ ok: true, checks: { storage: 'ok' }, endorsements: null }) },
    limiter: {
      async take(client) {
        seen.limited.push(client)
        return { allowed: true, remaining: 99, resetSeconds: 12.3, limit: 100 }
      },
    },
  }
}

export interface Harness {
  readonly server: Server
  readonly seen: Seen
  readonly lines: readonly string[]
  readonly metrics: Metrics
}

/** `change` replaces services; `environment` sets variables. Closed when the test ends. */
export async function start(
  t: Pick<TestContext, 'after'>,
  change: (services: Services) => Partial<Services> = () => ({}),
  environment: Record<string, string> = {},
  patience?: number,
): Promise<Harness> {
  const seen: Seen = { submissions: [], contexts: [], together: [], told: [], created: [], limited: [] }
  const lines: string[] = []
  const services = smallServices(seen)
  const metrics = createMetrics()
  const configuration: Configuration = readConfiguration(environment)
  const server = await buildServer({
    services: { ...services, ...change(services) },
    clock: { now: () => NOW },
    random: countingRandom(),
    configuration,
    logger: createLogger({ clock: { now: () => NOW }, destination: { write: (line) => void lines.push(line) } }),
    metrics,
    ...(patience === undefined ? {} : { patience }),
  })
  t.after(() => server.close())
  return { server, seen, lines, metrics }
}

export const SUBMISSION = {
  suite: 'x25519',
  ephemeral_pub: Buffer.alloc(32, 1).toString('base64'),
  nonce: Buffer.alloc(12, 2).toString('base64'),
  ciphertext: Buffer.alloc(100, 3).toString('base64'),
  tag: Buffer.alloc(16, 4).toString('base64'),
  metadata: { exchange: 'kraken', label: 'main account', ttl: 3600 },
}
