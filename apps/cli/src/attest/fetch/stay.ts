/** Round after round: what goes wrong with one is told, and the next one comes. */
import { ClientError } from '@perf-aggregator/client'
import { UsageError } from '../../settings/usage-error.ts'
import type { Round } from './round.ts'

export interface Staying {
  /** Milliseconds from one round to the next, at most; sooner where something could not be had. */
  readonly every: number
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Tells of a round, or of why there was none; each returns the exit code it would end with. */
  readonly show: (round: Round) => number
  readonly complain: (error: ClientError | UsageError) => number
  /** The exit code as of now: that of the last round alone. */
  readonly code: (exitCode: number) => void
}

/** Milliseconds until the next try where something could not be had. */
const SOONER = 900_000

/**
 * Never resolves. Rejects with the `UsageError` of the first round, which whoever called can set right; a later one (a full disk, a
 * folder that is gone) may pass, and endorsements end if nobody fetches.
 */
export async function stay(round: () => Promise<Round>, staying: Staying): Promise<never> {
  for (let isFirst = true; ; isFirst = false) {
    const isWhole = await attempt(round, isFirst, staying)
    await staying.sleep(isWhole ? staying.every : Math.min(staying.every, SOONER))
  }
}

/** Whether everything was had. */
async function attempt(
  round: () => Promise<Round>,
  isFirst: boolean,
  { show, complain, code }: Staying,
): Promise<boolean> {
  try {
    const done = await round()
    code(show(done))
    return done.judged.verdict.accepted && done.files.every(({ outcome }) => outcome !== 'failed')
  } catch (error) {
    const mayPass = error instanceof ClientError || (error instanceof UsageError && !isFirst)
    if (!mayPass) throw error
    code(complain(error))
    return false
  }
}
