import { EXIT } from '../settings/failure.ts'
import { Interrupted } from '../settings/interrupted.ts'

/** Rejects with `Interrupted` at the first signal to end, so that all is stopped in order; a second one does not wait. */
export async function interruption(): Promise<never> {
  return await new Promise((_, reject) => {
    let told = false
    const interrupt = (): void => {
      if (told) process.exit(EXIT.interrupted)
      told = true
      reject(new Interrupted())
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)
  })
}
