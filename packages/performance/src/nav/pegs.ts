/** Assets valued one to one by declaration: groups of names that mean the same money. */
import { PerformanceError } from '../errors.ts'

export interface Peg {
  readonly asset: string
  readonly equals: string
}

export class Pegs {
  readonly #parents = new Map<string, string>()

  /** @throws PerformanceError `pegs_invalid` when a peg says what the others already say, or closes a circle */
  constructor(pegs: readonly Peg[]) {
    for (const { asset, equals } of pegs) {
      const [from, to] = [this.representative(asset), this.representative(equals)]
      if (from === to) throw new PerformanceError('pegs_invalid', 'a peg repeats another or closes a circle')
      this.#parents.set(from, to)
    }
  }

  /** The same name for everything pegged together. */
  representative(asset: string): string {
    let name = asset
    for (let parent = this.#parents.get(name); parent !== undefined; parent = this.#parents.get(name)) name = parent
    return name
  }
}
