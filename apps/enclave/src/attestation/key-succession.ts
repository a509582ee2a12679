/**
 * Keeps evidence in step with the collector: its keys are new on every start, so from the moment one ends until the
 * keys of the next are written down nothing is attested, and nobody is made to seal to a key that opens nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CollectorKeys, SuccessionListener } from '../ports/collector.ts'

export interface SuccessionParts {
  /** Writes the keys down and gives the number of their epoch. */
  readonly begin: (keys: CollectorKeys) => Promise<number>
  /** Attests to these from now on; null: to none. */
  readonly use: (keys: CollectorKeys | null, epoch: number) => void
  readonly failed: (error: unknown) => void
}

/** Milliseconds between two tries to write an epoch down: the database may be gone when the collector comes back. */
const RETRY = 500

/** Owner of which keys are the newest: a slow write for keys that were replaced meanwhile changes nothing. */
export class KeySuccession implements SuccessionListener {
  readonly #parts: SuccessionParts
  #newest: CollectorKeys | null = null

  constructor(parts: SuccessionParts) {
    this.#parts = parts
  }

  /** The keys of the first collector. Rejects when they cannot be written down. */
  async start(keys: CollectorKeys): Promise<void> {
    this.#newest = keys
    await this.#succeed(keys)
  }

  /** No further tries. */
  stop(): void {
    this.#newest = null
  }

  readonly lost = (): void => {
    this.#newest = null
    this.#parts.use(null, 0)
  }

  readonly back = (keys: CollectorKeys): void => {
    this.#newest = keys
    void this.#persist(keys)
  }

  async #persist(keys: CollectorKeys): Promise<void> {
    while (this.#newest === keys) {
      try {
        await this.#succeed(keys)
        return
      } catch (error) {
        this.#parts.failed(error)
        await sleep(RETRY, null, { ref: false })
      }
    }
  }

  async #succeed(keys: CollectorKeys): Promise<void> {
    const epoch = await this.#parts.begin(keys)
    if (this.#newest === keys) this.#parts.use(keys, epoch)
  }
}
