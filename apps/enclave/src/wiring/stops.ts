/** How to end what was started, kept in the order of the start. */
export class Stops {
  readonly #ends: (() => unknown)[] = []

  add(...ends: (() => unknown)[]): void {
    this.#ends.push(...ends)
  }

  /** In order, the last first, and to the end: a part that fails to stop must not keep the collector, or the database's lock, alive. */
  readonly stop = async (): Promise<void> => {
    const failures: unknown[] = []
    for (const end of this.#ends.splice(0).toReversed()) {
      try {
        await end()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, 'the enclave stopped, and not everything did so cleanly')
  }
}
