/** The mutation guarantee: of genuine evidence, what each flipped bit and each truncation of one part comes to. */
import type { Verdict } from '../src/index.ts'

/** `EXHAUSTIVE=1` flips every bit; otherwise one bit of every byte, another one in the next byte. */
const EXHAUSTIVE = process.env['EXHAUSTIVE'] === '1'

/** Prime, so that cuts fall on no boundary by rule. */
const CUT_STEP = EXHAUSTIVE ? 1 : 61

export interface MutationRun {
  readonly flips: number
  readonly truncations: number
  /** Places whose alteration was accepted: `byte 17 bit 3`, `cut to 12`. */
  readonly accepted: readonly string[]
  /** How often each code came first. */
  readonly codes: ReadonlyMap<string, number>
}

/** Judges `part` with each bit flipped and each end cut off; in the ordinary run {@link CUT_STEP} lies between two cuts. */
export async function mutate(part: Uint8Array, judge: (part: Uint8Array) => Promise<Verdict>): Promise<MutationRun> {
  const accepted: string[] = []
  const codes = new Map<string, number>()
  let [flips, truncations] = [0, 0]
  const look = async (altered: Uint8Array, place: string): Promise<void> => {
    const verdict = await judge(altered)
    if (verdict.accepted) accepted.push(place)
    else for (const code of verdict.failures.slice(0, 1)) codes.set(code, (codes.get(code) ?? 0) + 1)
  }
  for (let at = 0; at < part.length; at++) {
    const bits = EXHAUSTIVE ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8]
    for (const bit of bits) {
      flips += 1
      await look(part.with(at, (part[at] ?? 0) ^ (1 << bit)), `byte ${at} bit ${bit}`)
    }
  }
  for (let length = 0; length < part.length; length += CUT_STEP) {
    truncations += 1
    await look(part.slice(0, length), `cut to ${length}`)
  }
  return { flips, truncations, accepted, codes }
}

export function describeRun(what: string, { flips, truncations, accepted, codes }: MutationRun): string {
  const firsts = [...codes].toSorted(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`)
  return `${what}: ${flips} flips, ${truncations} truncations, ${accepted.length} accepted; first code: ${firsts.join(', ')}`
}
