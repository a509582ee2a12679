/** What every part works with: time, randomness, log lines and counts. */
import { randomFillSync } from 'node:crypto'
import { pino } from 'pino'
import type { Configuration } from '../configuration.ts'
import { createLogger, type Logger } from '../observability/logger.ts'
import { createMetrics, type Metrics } from '../observability/metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

export interface Tools {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
}

// oxlint-disable-next-line no-restricted-properties -- this is the Clock port's one implementation
export const systemClock: Clock = { now: () => Date.now() }
// With a buffer of its own: small arrays otherwise lie on the JavaScript heap, where the collector of garbage copies them.
export const systemRandom: Random = { bytes: (length) => randomFillSync(new Uint8Array(new ArrayBuffer(length))) }

export function layOutTools({ logLevel }: Pick<Configuration, 'logLevel'>, clock: Clock): Tools {
  return {
    clock,
    random: systemRandom,
    // Standard output belongs to whoever started the service; lines go to standard error.
    logger: createLogger({ clock, level: logLevel, destination: pino.destination(2) }),
    metrics: createMetrics(),
  }
}
