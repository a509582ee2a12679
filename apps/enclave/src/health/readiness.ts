/** Whether this enclave can do its work now: what `/readyz` answers. */
import type { EndorsementReport } from '../endorsements/watch.ts'
import { EnclaveError } from '../errors.ts'
import type { HealthService } from '../http/services.ts'

/** Each rejects when its part is not there. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<unknown>>>

/** Milliseconds a part may take to answer. */
const PATIENCE = 2_000

/** @param endorsements told beside the checks, of which they are none: whether clients accept the evidence is theirs to say */
export function createHealth(
  checks: ReadinessChecks,
  endorsements: () => EndorsementReport | null = () => null,
): HealthService {
  return {
    async ready() {
      const answers = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await outcome(check)] as const),
      )
      return {
        ok: answers.every(([, answer]) => answer === 'ok'),
        checks: Object.fromEntries(answers),
        endorsements: endorsements(),
      }
    },
  }
}

async function outcome(check: () => Promise<unknown>): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, 'timeout')
  })
  try {
    return await Promise.race([check().then(() => 'ok'), late])
  } catch (error) {
    return error instanceof EnclaveError ? error.code : 'internal'
  } finally {
    clearTimeout(timer)
  }
}
