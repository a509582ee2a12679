import { endorsementTerm } from './endorsement-term.ts'

/**
 * Labelled endorsements, the one that began last first. What cannot be read comes last, and is not left out: the verdict has to
 * say that it is malformed.
 */
export function newestFirst(items: readonly Uint8Array[]): readonly Uint8Array[] {
  const begins = new Map(items.map((item) => [item, beginOf(item)]))
  return items.toSorted((a, b) => (begins.get(b) ?? 0) - (begins.get(a) ?? 0))
}

function beginOf(item: Uint8Array): number {
  try {
    return endorsementTerm(item).notBefore
  } catch {
    return Number.NEGATIVE_INFINITY
  }
}
