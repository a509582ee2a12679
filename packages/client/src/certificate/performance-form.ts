/**
 * The form of the figures a certificate carries, member by member. The signatures say who wrote them; this says that they are
 * what the type promises, so that whoever shows them cannot be crashed, or have its terminal driven, by a certificate of a
 * simulator anybody can run. A member this reader does not know is left alone: it cannot change what the others mean.
 */
import type {
  AccountCompleteness,
  AssetReconciliation,
  ClosedFigures,
  Conventions,
  Figure,
  LedgerNotes,
  MarketFigures,
  Performance,
  ReturnFigures,
  TradeFigures,
} from '@perf-aggregator/performance'

type Form<T> = (value: unknown) => value is T

const decimal = (value: unknown): value is string =>
  typeof value === 'string' && /^-?(?:0|[1-9]\d{0,199})(?:\.\d{1,200})?$/.test(value)

const count = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const flag = (value: unknown): value is boolean => typeof value === 'boolean'

const day = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)

/** One line without control, format or private characters: assets have names in every script. */
const text = (value: unknown): value is string =>
  typeof value === 'string' && /^[^\p{C}\p{Zl}\p{Zp}]{1,1024}$/u.test(value)

const figure = (value: unknown): value is Figure =>
  isObject(value) && (value['value'] === null ? isReason(value['reason']) : decimal(value['value']))

/** Any word, as a release may know a reason that this reader does not. */
const isReason = (value: unknown): boolean => typeof value === 'string' && /^[a-z_]{1,64}$/.test(value)

function list<T>(item: Form<T>): Form<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(item)
}

function only<T extends string | number>(constant: T): Form<T> {
  return (value): value is T => value === constant
}

/** Every member of `T`, so that a figure added to the type is a compile error here until it has a form. */
function object<T extends object>(members: { readonly [Name in keyof T]-?: Form<T[Name]> }): Form<T> {
  const forms = Object.entries<Form<unknown>>(members)
  return (value): value is T => isObject(value) && forms.every(([name, form]) => form(value[name]))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const closedFigures = object<ClosedFigures>({
  count,
  winners: count,
  losers: count,
  breakEven: count,
  winRate: figure,
  profitFactor: figure,
  expectancy: figure,
  payoff: figure,
  averageHoldingSeconds: figure,
  largestWinShare: figure,
})

const tradeFigures: { readonly [Name in keyof TradeFigures]: Form<TradeFigures[Name]> } = {
  fills: count,
  volume: figure,
  fees: figure,
  realisedPnl: figure,
  unrealisedPnl: figure,
  lotMatches: closedFigures,
  roundTrips: closedFigures,
}

const returnFigures: { readonly [Name in keyof ReturnFigures]: Form<Figure> } = {
  timeWeightedReturn: figure,
  moneyWeightedReturn: figure,
  cagr: figure,
  volatility: figure,
  sharpe: figure,
  sortino: figure,
  calmar: figure,
  omega: figure,
  maxDrawdown: figure,
  drawdownDays: figure,
  recoveryDays: figure,
  valueAtRisk95: figure,
  conditionalValueAtRisk95: figure,
}

const reconciliation = object<AssetReconciliation>({
  asset: text,
  opening: decimal,
  fills: decimal,
  fees: decimal,
  flows: decimal,
  expected: decimal,
  closing: decimal,
  residual: decimal,
  withinTolerance: flag,
})

const completeness = object<AccountCompleteness>({
  account: text,
  venue: text,
  assets: list(reconciliation),
  residualValue: figure,
  residualOfNav: figure,
  complete: flag,
})

const notes = object<LedgerNotes>({
  shortfalls: count,
  unattributedValue: decimal,
  unpricedFees: count,
  unpricedFills: count,
  stalePriceDays: count,
  fillPriceDays: count,
  unpricedDays: count,
  unpricedAssets: list(text),
  duplicates: count,
})

const conventions = object<Conventions>({
  lots: only('FIFO'),
  day: only('UTC'),
  daysPerYear: only(365),
  riskFreeRate: decimal,
  flowTiming: text,
  externalFlows: text,
  prices: text,
  lotMatch: text,
  roundTrip: text,
  capitalFloor: decimal,
  pegs: list(object<Conventions['pegs'][number]>({ asset: text, equals: text })),
})

export const isPerformance: Form<Performance> = object<Performance>({
  reportingCurrency: text,
  period: object<Performance['period']>({ from: day, to: day, days: count }),
  total: object<Performance['total']>({ ...tradeFigures, ...returnFigures }),
  markets: list(object<MarketFigures>({ ...tradeFigures, market: text, venue: text })),
  opening: figure,
  closing: figure,
  netFlows: figure,
  otherIncome: figure,
  withdrawnGain: figure,
  completeness: list(completeness),
  notes,
  conventions,
})
