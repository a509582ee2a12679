/** Figures of an invented trader, complete in form; they tie out with nothing. */
import type { ClosedFigures, Figure, MarketFigures, Performance, TradeFigures } from '@perf-aggregator/performance'

export function samplePerformance(markets = 1): Performance {
  return {
    reportingCurrency: 'USD',
    period: { from: '2026-01-01', to: '2026-06-29', days: 180 },
    total: {
      ...TRADES,
      timeWeightedReturn: figure('0.1234'),
      moneyWeightedReturn: figure('0.1199'),
      cagr: figure('0.2666'),
      volatility: figure('0.31'),
      sharpe: figure('1.4142135623'),
      sortino: figure('2.1'),
      calmar: figure('3.2'),
      omega: figure('1.3'),
      maxDrawdown: figure('-0.0812'),
      drawdownDays: figure('11'),
      recoveryDays: { value: null, reason: 'not_recovered' },
      valueAtRisk95: figure('-0.021'),
      conditionalValueAtRisk95: figure('-0.034'),
    },
    markets: Array.from({ length: markets }, (_, at): MarketFigures => {
      return { ...TRADES, market: `COIN${at}/USDT`, venue: 'binance' }
    }),
    opening: figure('10000'),
    closing: figure('11234.5'),
    netFlows: figure('0'),
    otherIncome: figure('0'),
    withdrawnGain: figure('0'),
    completeness: [
      {
        account: 'account-11',
        venue: 'binance',
        assets: [
          {
            asset: 'USDT',
            opening: '0',
            fills: '-100.5',
            fees: '0.1',
            flows: '1000',
            expected: '899.4',
            closing: '899.4',
            residual: '0',
            withinTolerance: true,
          },
        ],
        residualValue: figure('0'),
        residualOfNav: figure('0'),
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
      unpricedAssets: [],
      duplicates: 41,
    },
    conventions: {
      lots: 'FIFO',
      day: 'UTC',
      daysPerYear: 365,
      riskFreeRate: '0',
      flowTiming: 'start of day',
      externalFlows: 'deposits and withdrawals',
      prices: 'daily close',
      lotMatch: 'piece of a lot',
      roundTrip: 'flat to flat',
      capitalFloor: '1',
      pegs: [{ asset: 'USDT', equals: 'USD' }],
    },
  }
}

function figure(value: string): Figure {
  return { value }
}

const CLOSED: ClosedFigures = {
  count: 312,
  winners: 170,
  losers: 139,
  breakEven: 3,
  winRate: figure('0.55'),
  profitFactor: figure('1.8'),
  expectancy: figure('3.85'),
  payoff: figure('1.1'),
  averageHoldingSeconds: figure('86400'),
  largestWinShare: figure('0.07'),
}

const TRADES: TradeFigures = {
  fills: 12_477,
  volume: figure('1234567.89'),
  fees: figure('12.5'),
  realisedPnl: figure('1200.25'),
  unrealisedPnl: figure('34.25'),
  lotMatches: { ...CLOSED, count: 12_001, winners: 6_400, losers: 5_598 },
  roundTrips: CLOSED,
}
