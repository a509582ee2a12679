/** Property tests with one fixed seed, so that a run says the same thing every time. */
import fc from 'fast-check'

export function holds<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void, runs = 100): void {
  fc.assert(fc.property(arbitrary, property), { seed: 20240301, numRuns: runs })
}

export { fc }
