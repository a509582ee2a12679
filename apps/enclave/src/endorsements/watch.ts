/** Looks into the folder again and again, and tells the operator when clients are going to refuse this enclave. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Coverage } from '@perf-aggregator/attestation/files'
import type { Clock } from '../ports/clock.ts'
import type { CollectedEndorsements } from './collected.ts'

/** Milliseconds between two looks. Only names and times are read where nothing changed. */
const PERIOD = 30_000

/** Seconds before the end of the first endorsement at which a warning is due. */
export const NOTICE = 86_400

/** `incomplete`: clients refuse for what is missing; `ended`: for what is too old; `ending`: within a day. */
export type EndorsementState = 'complete' | 'incomplete' | 'ended' | 'ending'

export interface EndorsementReport {
  readonly state: EndorsementState
  readonly missing: readonly string[]
  /** Seconds since 1970; null where there is none to end. */
  readonly notAfter: number | null
}

export interface EndorsementWatch {
  /** What is known now; null before the first evidence. */
  report(): EndorsementReport | null
  stop(): void
}

/** @param now seconds since 1970 */
export function reportOf({ missing, validity }: Coverage, now: number): EndorsementReport {
  const notAfter = validity?.notAfter ?? null
  return { state: stateOf(missing, notAfter, now), missing, notAfter }
}

function stateOf(missing: readonly string[], notAfter: number | null, now: number): EndorsementState {
  if (missing.length > 0) return 'incomplete'
  if (notAfter === null) return 'complete'
  if (notAfter < now) return 'ended'
  return notAfter < now + NOTICE ? 'ending' : 'complete'
}

/** Milliseconds anything waits for the folder: a disk that hangs must keep an enclave neither from its start nor from its warnings. */
const PATIENCE = 2_000

/** One look, as long as patience lasts; it goes on behind. */
export async function lookPatiently(collected: Pick<CollectedEndorsements, 'look'>): Promise<void> {
  await Promise.race([collected.look(), sleep(PATIENCE, null, { ref: false })])
}

/** Looks at once, and every half minute until `stop`. `tell` hears of every change of the report, the first one included. */
export function watchEndorsements({
  collected,
  clock,
  prompt,
  tell,
  failed,
}: {
  readonly collected: Pick<CollectedEndorsements, 'look' | 'coverage'>
  readonly clock: Clock
  /** Makes first evidence, about which there is something to say before any client comes. May reject. */
  readonly prompt: () => Promise<unknown>
  readonly tell: (report: EndorsementReport) => void
  /** Told of what never should happen; the next look comes all the same. */
  readonly failed: (error: unknown) => void
}): EndorsementWatch {
  let told = ''
  // Kept between looks: whoever asks for readiness or metrics must not make this enclave read certificates.
  let coverage: Coverage | null = null
  const report = (): EndorsementReport | null => coverage && reportOf(coverage, Math.floor(clock.now() / 1000))
  const look = async (): Promise<void> => {
    await lookPatiently(collected)
    // The TEE may not answer yet; then the next look asks again.
    coverage = collected.coverage()
    if (coverage === null) {
      await prompt().catch(() => undefined)
      coverage = collected.coverage()
    }
    const current = report()
    const text = JSON.stringify(current)
    if (current === null || text === told) return
    told = text
    tell(current)
  }
  // Nothing the host puts there may end the process.
  const run = (): void => void look().catch(failed)
  run()
  const timer = setInterval(run, PERIOD)
  return { report, stop: () => clearInterval(timer) }
}
