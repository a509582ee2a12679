/** Whether the hardware vouches for the paravisor's claims, and what they say of the VM. */
import { encodeHex, equalBytes } from '../bytes/index.ts'
import { type Check, check, unlessSkipped } from '../checks.ts'
import type { Claims } from '../claims.ts'
import type { Mathematics } from '../mathematics.ts'
import { type HclReport, tdReportData } from './hcl-report.ts'
import type { AzureVtpmPolicy } from './policy.ts'
import type { RuntimeClaims } from './runtime-claims.ts'

const REPORT_DATA_SIZE = 64

/** The paravisor's privilege level; the guest above it is at another. */
const PARAVISOR_VMPL = 0

/**
 * Whatever the policy says of levels: a guest can have SNP sign report data of its own choosing too, and with it claims that name an
 * attestation key of its own making. In a trust domain only the paravisor can ask.
 */
export function paravisorCheck(hardware: Claims | null): Check {
  const expected = 'asked for by the paravisor'
  if (hardware === null) return check('azure_paravisor', false, expected, 'no report')
  const { details } = hardware
  const isParavisor = details.family === 'tdx' || (details.family === 'snp' && details.vmpl === PARAVISOR_VMPL)
  return check('azure_paravisor', isParavisor, expected, isParavisor ? 'so' : 'by another')
}

/** The hardware's report data begins with the hash of the claims and ends with zeros. */
export async function claimsHashChecks(
  hcl: HclReport | null,
  hardware: Claims | null,
  mathematics: Mathematics,
): Promise<readonly Check[]> {
  const found = hardware?.reportData ?? null
  const wanted = hcl && (await hashOf(hcl, mathematics))
  const isSame = found !== null && wanted !== null && equalBytes(wanted, found)
  const hash = check(
    'azure_claims_hash',
    isSame,
    wanted ? encodeHex(wanted) : 'a hash of the claims',
    found ? encodeHex(found) : 'no report data',
  )
  if (hcl?.hardware !== 'tdx') return [hash]
  // The TDREPORT is believed in nothing; that it is the one quoted is all that can be seen from outside its machine.
  const isQuoted = found !== null && equalBytes(tdReportData(hcl), found)
  return [hash, check('azure_td_report', isQuoted, 'the TDREPORT that was quoted', isQuoted ? 'so' : 'another one')]
}

async function hashOf({ hash, claims }: HclReport, mathematics: Mathematics): Promise<Uint8Array | null> {
  try {
    const padded = new Uint8Array(REPORT_DATA_SIZE)
    padded.set(await mathematics.digest(hash, claims))
    return padded
  } catch {
    return null
  }
}

export function secureBootCheck(runtime: RuntimeClaims | null, { secureBoot }: AzureVtpmPolicy): Check {
  return unlessSkipped('azure_secure_boot', secureBoot, () => {
    const is = runtime?.secureBoot ?? null
    return [is === true, 'on', is === null ? 'not said' : is ? 'on' : 'off']
  })
}
