/** What of the endorsements that verifiers ask of evidence is at hand, and until when it holds. For operators: nothing is believed. */
import { equalBytes } from '../bytes/index.ts'
import { type EndorsementName, labelled } from '../endorsements.ts'
import type { Evidence } from '../evidence.ts'
import { REQUIRED_COLLATERAL } from '../intel/collateral.ts'
import { intersect, type Validity } from '../validity.ts'
import { readCertificate, readCrl, type X509Certificate } from '../x509/index.ts'
import { AMD_CHAIN_LENGTH, isKeyOfReport } from './amd-chain.ts'
import { endorsementTerm } from './endorsement-term.ts'
import { hardwareOf } from './hardware-of.ts'
import { nitroChain } from './nitro-chain.ts'

export interface Coverage {
  /** Kinds of which there is none, or not all: each once. */
  readonly missing: readonly EndorsementName[]
  /** When all of those at hand hold at once; null where there are none. */
  readonly validity: Validity | null
}

/** Where a file is damaged its kind is missing. Evidence that cannot be read misses everything its family asks for. */
export function coverageOf(evidence: Evidence, endorsements: readonly Uint8Array[]): Coverage {
  const readable = endorsements.flatMap((item) => {
    try {
      return [{ item, term: endorsementTerm(item) }]
    } catch {
      return []
    }
  })
  const missing = missingOf(
    evidence,
    readable.map(({ item }) => item),
  )
  return { missing, validity: intersect(readable.map(({ term }) => term)) }
}

function missingOf(evidence: Evidence, endorsements: readonly Uint8Array[]): readonly EndorsementName[] {
  const of = (wanted: EndorsementName): readonly Uint8Array[] =>
    endorsements.flatMap((item) => {
      const read = labelled(item)
      return read?.name === wanted ? [read.bytes] : []
    })
  const { family, quote } = hardwareOf(evidence)
  switch (family) {
    case 'nitro': {
      const chain = nitroChain(quote)
      const listed = chain.slice(0, -1).filter(({ crlDistributionPoints }) => crlDistributionPoints.length > 0)
      return chain.length > 0 && listed.every((one) => hasListOf(one, of('crl'))) ? [] : ['crl']
    }
    case 'sgx':
    case 'tdx':
      return REQUIRED_COLLATERAL.filter((name) => of(name).length === 0)
    case 'snp': {
      const chain = of('certificate').map(readCertificate)
      const [leaf, signer] = chain
      const isWhole = chain.length === AMD_CHAIN_LENGTH && leaf !== undefined && isKeyOfReport(leaf.der, quote)
      const isListed = signer !== undefined && hasListOf(signer, of('crl'))
      return [...(isWhole ? [] : (['certificate'] as const)), ...(isListed ? [] : (['crl'] as const))]
    }
    default:
      return []
  }
}

/** Whether one of the lists is of the certificate's issuer. */
function hasListOf({ issuer }: X509Certificate, lists: readonly Uint8Array[]): boolean {
  return lists.some((der) => equalBytes(readCrl(der).issuer, issuer))
}
