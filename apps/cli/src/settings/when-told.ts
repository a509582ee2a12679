import { EXIT } from './failure.ts'

/**
 * Ends the process once `stop` has stopped what runs in it, when a person or the system says so. To be called before
 * anybody is told that it runs, since whoever is told may end it at once. A second signal does not wait. The exit code is
 * `process.exitCode` where the command set one, else 0.
 */
export function whenTold(stop: () => Promise<void>): void {
  const end = (): void => {
    void stop().then(
      () => process.exit(),
      () => process.exit(EXIT.failed),
    )
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
}
