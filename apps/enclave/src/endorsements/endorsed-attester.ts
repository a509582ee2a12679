import type { Attester, Evidence } from '../ports/attester.ts'
import type { CollectedEndorsements } from './collected.ts'

/** An attester whose evidence comes with the endorsements that were collected for it. */
export class EndorsedAttester implements Attester {
  readonly #attester: Attester
  readonly #collected: Pick<CollectedEndorsements, 'endorse'>
  readonly #failed: (error: unknown) => void

  /** @param failed told of what never should happen: evidence then goes out with its own endorsements alone */
  constructor(attester: Attester, collected: Pick<CollectedEndorsements, 'endorse'>, failed: (error: unknown) => void) {
    this.#attester = attester
    this.#collected = collected
    this.#failed = failed
  }

  get type(): string {
    return this.#attester.type
  }

  async attest(reportData: Uint8Array): Promise<Evidence> {
    const made = await this.#attester.attest(reportData)
    try {
      const { type, quote } = made
      return { ...made, endorsements: this.#collected.endorse({ type, quote, binding: null }, made.endorsements) }
    } catch (error) {
      // A file of the host's must not take the evidence away.
      this.#failed(error)
      return made
    }
  }
}
