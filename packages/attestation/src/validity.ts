/** When everything evidence rests on holds at once: the intersection over certificates, CRLs and collateral. */

/** Something with a time of validity, both ends in seconds since 1970 and both inclusive. */
export interface Term {
  /** For people: `certificate 2 of 5`, `TCB info`, `CRL of the root`. No foreign text. */
  readonly what: string
  readonly notBefore: number
  readonly notAfter: number
}

export interface Validity {
  readonly notBefore: number
  readonly notAfter: number
  /** What begins last and what ends first. `notBefore` after `notAfter` means: there is no moment at which all of it holds. */
  readonly boundBy: { readonly notBefore: string; readonly notAfter: string }
}

/** Null when nothing has a term. */
export function intersect(terms: readonly Term[]): Validity | null {
  const [first, ...others] = terms
  if (!first) return null
  let [latest, earliest] = [first, first]
  for (const term of others) {
    if (term.notBefore > latest.notBefore) latest = term
    if (term.notAfter < earliest.notAfter) earliest = term
  }
  return {
    notBefore: latest.notBefore,
    notAfter: earliest.notAfter,
    boundBy: { notBefore: latest.what, notAfter: earliest.what },
  }
}
