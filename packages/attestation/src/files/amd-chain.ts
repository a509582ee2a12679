/** The certificates below which an SNP report verifies, found among loose ones. */
import { equalBytes } from '../bytes/index.ts'
import type { Evidence } from '../evidence.ts'
import { endorsementChecks } from '../snp/endorsement-checks.ts'
import { readEndorsementKey } from '../snp/endorsement-key.ts'
import { readSnpReport } from '../snp/report.ts'
import { nameOf, readCertificate, type X509Certificate } from '../x509/index.ts'
import { hardwareOf } from './hardware-of.ts'

/** Endorsement key, intermediate, root. */
export const AMD_CHAIN_LENGTH = 3

/** Endorsement keys of AMD chips and clouds. */
const VEK = /^SEV-V[CL]EK$/
const LONGEST = 8

/**
 * What there is of the chain, key first: what came with the evidence (`own`) as it is where it is whole or cannot be read, for the
 * verdict to say so; else completed from those `others` that can be read, by names. A host's table may hold one certificate of three, or the key of
 * the firmware before the last update: the key that the report names is taken before one it does not.
 */
export function amdChain(
  report: Uint8Array,
  own: readonly Uint8Array[],
  others: readonly Uint8Array[],
): readonly Uint8Array[] {
  const [first] = own
  if (own.length >= AMD_CHAIN_LENGTH && first && isKeyOfReport(first, report)) return own
  const brought = own.flatMap(readOrNone)
  if (brought.length < own.length) return own
  const pool = [...brought, ...others.flatMap(readOrNone)]
  const keys = pool.filter(({ subject }) => VEK.test(nameOf(subject) ?? ''))
  const fitting = keys.find(({ der }) => isKeyOfReport(der, report))
  const chain = chainFrom(fitting ?? keys[0], pool)
  return fitting || chain.length > own.length ? chain : own
}

/** Whether this is the certificate of the very key: of this chip, or a cloud's, and of the firmware the report says. */
export function isKeyOfReport(der: Uint8Array, report: Uint8Array): boolean {
  try {
    return endorsementChecks(readSnpReport(report), readEndorsementKey(der)).every(
      ({ outcome }) => outcome === 'passed',
    )
  } catch {
    return false
  }
}

/** The same of evidence of any family: only that of SNP hardware has such a key. */
export function isOwnKey(evidence: Evidence, der: Uint8Array): boolean {
  const { family, quote } = hardwareOf(evidence)
  return family === 'snp' && isKeyOfReport(der, quote)
}

function readOrNone(der: Uint8Array): readonly X509Certificate[] {
  try {
    return [readCertificate(der)]
  } catch {
    return []
  }
}

function chainFrom(leaf: X509Certificate | undefined, pool: readonly X509Certificate[]): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  let next = leaf
  while (next && chain.length < LONGEST) {
    const current: X509Certificate = next
    chain.push(current.der)
    if (equalBytes(current.issuer, current.subject)) break
    next = pool.find(({ subject }) => equalBytes(subject, current.issuer))
  }
  return chain
}
