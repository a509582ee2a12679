/** A progress line for work that takes a while; silent where nobody looks. */
import type { SummaryResponse } from '@perf-aggregator/contracts'
import { whole } from './figures.ts'
import type { Terminal } from './terminal.ts'

const BAR = 24

/** `fraction` from 0 to 1, or null while the whole is not known. */
export function progressLine(title: string, fraction: number | null, detail: string): string {
  if (fraction === null) return `${title}  ${detail}`
  const filled = Math.round(Math.min(Math.max(fraction, 0), 1) * BAR)
  return `${title}  ${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}  ${detail}`
}

/** How far the collection of all these accounts together is. */
export function collectingLine(summaries: readonly Pick<SummaryResponse, 'collection'>[]): string {
  const sum = (count: (collection: SummaryResponse['collection']) => number): number =>
    summaries.reduce((total, { collection }) => total + count(collection), 0)
  const total = sum(({ streams }) => streams.total)
  const caughtUp = sum(({ streams }) => streams.caught_up)
  const fills = sum((collection) => collection.fills)
  return progressLine(
    'collecting',
    total === 0 ? null : caughtUp / total,
    `${whole(fills)} fills, ${caughtUp} of ${total} histories`,
  )
}

/** Draws on `to` in place; `clear` leaves nothing of it behind. */
export function progress(to: Pick<Terminal, 'redraw'>): {
  readonly show: (line: string) => void
  readonly clear: () => void
} {
  return { show: to.redraw, clear: () => to.redraw('') }
}
