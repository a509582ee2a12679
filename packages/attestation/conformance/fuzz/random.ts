/** Numbers that look random and are the same in every run: a finding can be found again by its seed. */
export interface Random {
  /** A whole number from 0 to below `bound` (1 to 2^32). */
  below(bound: number): number
  /** One of a list that is not empty. */
  pick<Item>(items: readonly Item[]): Item
}

/** sfc32 (Chris Doty-Humphrey, PractRand): small, fast, passes the usual tests. Not for keys. */
export function seeded(seed: number): Random {
  let [a, b, c, counter] = [0, seed | 0, ~seed, 1]
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let round = 0; round < 12; round++) next()
  const below = (bound: number): number => Math.floor((next() / 0x1_0000_0000) * bound)
  return {
    below,
    pick(items) {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('nothing to pick from')
      return item
    },
  }
}
