import type { Term } from '../validity.ts'
import { endorsementTerm } from './endorsement-term.ts'

/**
 * Labelled endorsements in the order in which to take one of several that would do: what holds at `now` before what does not, then
 * what began last, then as given. A list issued later may tell of a revocation, so whoever brought it comes second. What cannot be
 * read comes last, and is not left out: the verdict has to say that it is malformed.
 *
 * @param now seconds since 1970, the moment of the verdict; null where there is none yet: nothing counts as ended
 */
export function bestFirst(items: readonly Uint8Array[], now: number | null): readonly Uint8Array[] {
  const terms = new Map(items.map((item) => [item, termOf(item)]))
  const holds = (item: Uint8Array): number => {
    const term = terms.get(item)
    return term && (now === null || (term.notBefore <= now && now <= term.notAfter)) ? 1 : 0
  }
  const begin = (item: Uint8Array): number => terms.get(item)?.notBefore ?? Number.MIN_SAFE_INTEGER
  return items.toSorted((a, b) => holds(b) - holds(a) || begin(b) - begin(a))
}

function termOf(item: Uint8Array): Term | null {
  try {
    return endorsementTerm(item)
  } catch {
    return null
  }
}
