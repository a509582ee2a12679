/** Whether this enclave can do its work now: what `/readyz` answers. */
import { EnclaveError } from '../errors.ts'
import type { HealthService } from '../http/services.ts'

/** Each rejects when its part is not there. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<unknown>>>

/** Milliseconds a part may take to answer. */
const PATIENCE = 2_000

export function createHealth(checks: ReadinessChecks): HealthService {
  return {
    async ready() {
      const answers = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await outcome(check)] as const),
      )
      return { ok: answers.every(([, answer]) => answer === 'ok'), checks: Object.fromEntries(answers) }
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
