/** `GET /enclave/summary/{session_id}` and `GET /enclave/metrics/{session_id}` (protocol, section 4). */
import { type Static, Type } from 'typebox'
import { Account, Closed, Count, Exchange, Instant, Label, List, OneOf, SessionId } from './encoding.ts'
import { DayValue, Headline, Performance } from './performance.ts'

export const SessionParameters = Closed({ session_id: SessionId })
export type SessionParameters = Static<typeof SessionParameters>

/** How far the collection of an account's history has come. */
export const Collection = Closed({
  state: OneOf(['collecting', 'up_to_date', 'venue_unavailable', 'key_refused']),
  fills: Count('Fills collected, each counted once.'),
  flows: Count('Deposits, withdrawals and other flows collected.'),
  duplicates: Count('Events delivered again with the same content, counted once.'),
  conflicts: Count('Events delivered again with other content; the first is kept.'),
  pages: Count('Pages read from the venue.'),
  streams: Closed({ total: Count('Histories that are read.'), caught_up: Count('Those read to their end.') }),
  gaps: List(
    Closed({
      stream: Type.String({ examples: ['fills:BTCUSDT'] }),
      from: Type.String({ description: 'RFC 3339.' }),
      to: Type.String({ description: 'RFC 3339.' }),
    }),
    { description: 'History the venue will not show any more.' },
  ),
  last_poll_at: Type.Union([Instant({ description: 'Last answer of the venue.' }), Type.Null()]),
  last_error: Type.Union([
    Type.String({
      description: "Code of what stopped the last look, never the venue's text; null once a page has come since.",
    }),
    Type.Null(),
  ]),
})
export type Collection = Static<typeof Collection>

export const SummaryResponse = Closed(
  {
    exchange: Exchange,
    label: Label,
    account: Account,
    expires_at: Instant({ description: 'When the session and its credentials are destroyed.' }),
    collection: Collection,
    period: Type.Union([Performance.properties.period, Type.Null()], {
      description: 'Null until the history is complete enough to measure.',
    }),
    headline: Type.Union([Headline, Type.Null()], {
      description: 'Null until the history is complete enough to measure.',
    }),
  },
  { title: 'Summary' },
)
export type SummaryResponse = Static<typeof SummaryResponse>

export const MetricsResponse = Closed(
  {
    collection: Collection,
    performance: Type.Union([Performance, Type.Null()], {
      description: 'Null until the history is complete enough to measure.',
    }),
    days: List(DayValue, { description: 'The daily values behind the figures, oldest first.' }),
  },
  { title: 'Metrics' },
)
export type MetricsResponse = Static<typeof MetricsResponse>
