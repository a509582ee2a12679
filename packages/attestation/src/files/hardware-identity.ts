import { concat, encodeHex } from '../bytes/index.ts'
import type { Evidence } from '../evidence.ts'
import { readQuote } from '../intel/quote.ts'
import { readNitroDocument } from '../nitro/document.ts'
import { readSnpReport } from '../snp/report.ts'
import { hardwareOf } from './hardware-of.ts'

/**
 * One text for all evidence whose hardware is verified with the same endorsements, for whoever keeps what `gatherEndorsements` chose:
 * everything of evidence that has a say in that choice has to be in it. Of evidence that cannot be read, no two are alike. Nothing is
 * believed.
 */
export function hardwareIdentity(evidence: Evidence): string {
  const { family, quote } = hardwareOf(evidence)
  let said: readonly (string | number)[]
  try {
    said = identity(family, quote)
  } catch {
    said = ['unread', encodeHex(quote)]
  }
  return [family, ...said].join(' ')
}

function identity(family: string, quote: Uint8Array): readonly (string | number)[] {
  switch (family) {
    case 'nitro':
      return readNitroDocument(quote).chain.map(encodeHex)
    case 'sgx':
    case 'tdx': {
      const { tee, qe } = readQuote(quote)
      return [tee, encodeHex(qe.pckChain)]
    }
    case 'snp': {
      const { version, keyInfo, cpuid, chipId, tcb } = readSnpReport(quote)
      const product = cpuid ? [cpuid.family, cpuid.model, cpuid.stepping] : []
      const versions = concat(tcb.current, tcb.reported, tcb.committed, tcb.launch)
      return [version, keyInfo, encodeHex(chipId), encodeHex(versions), ...product]
    }
    default:
      // No endorsement of such evidence is gathered at all.
      return []
  }
}
