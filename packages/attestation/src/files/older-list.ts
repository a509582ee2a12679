import { equalBytes } from '../bytes/index.ts'
import { labelled } from '../endorsements.ts'
import { readCrl, type X509Crl } from '../x509/index.ts'
import type { FileContent } from './read-file.ts'

/** Whether a revocation list of `fresh` began before one of the same issuer in `kept`. Both as `readFile` reads them. */
export function hasOlderList(fresh: FileContent, kept: FileContent): boolean {
  const had = listsOf(kept)
  return listsOf(fresh).some(({ issuer, thisUpdate }) =>
    had.some((one) => equalBytes(one.issuer, issuer) && thisUpdate < one.thisUpdate),
  )
}

function listsOf({ crls, endorsements }: FileContent): readonly X509Crl[] {
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
