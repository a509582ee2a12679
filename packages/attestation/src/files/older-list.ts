import { equalBytes } from '../bytes/index.ts'
import { labelled } from '../endorsements.ts'
import { readCrl, type X509Crl } from '../x509/index.ts'
import type { FileContent } from './read-file.ts'

/**
 * Whether a revocation list of `fresh` began before one of the same issuer in `kept`. Both as `readFile` reads them. A list that has
 * not begun counts for nothing: no vendor publishes one, and it would keep every genuine one out.
 *
 * @param now seconds since 1970
 */
export function hasOlderList(fresh: FileContent, kept: FileContent, now: number): boolean {
  const had = listsOf(kept).filter(({ thisUpdate }) => thisUpdate <= now)
  return listsOf(fresh).some(({ issuer, thisUpdate }) =>
    had.some((one) => equalBytes(one.issuer, issuer) && thisUpdate < one.thisUpdate),
  )
}

/** Under whatever label; what cannot be read is left out. */
export function listsOf({ crls, endorsements }: FileContent): readonly X509Crl[] {
  const named = endorsements.flatMap((item) => {
    const read = labelled(item)
    return read?.name.endsWith('crl') === true ? [read.bytes] : []
  })
  return [...crls, ...named].flatMap((der) => {
    try {
      return [readCrl(der)]
    } catch {
      return []
    }
  })
}
