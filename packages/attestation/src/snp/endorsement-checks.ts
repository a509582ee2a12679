/** Whether the endorsement key is the one of this chip (or cloud), with this firmware, and signed the report. */
import { encodeHex, equalBytes, isZero } from '../bytes/index.ts'
import { type Check, check } from '../checks.ts'
import type { Mathematics } from '../mathematics.ts'
import type { EndorsementKey } from './endorsement-key.ts'
import { productOfCpuid } from './product.ts'
import type { SnpReport } from './report.ts'
import { describeTcb, differingParts, hasZeroReserved, readSnpTcb } from './tcb-version.ts'

/** Bits 2 to 4 of the key info. */
const SIGNING_KEYS = ['vcek', 'vlek'] as const

export function signingKeyOf({ keyInfo }: SnpReport): (typeof SIGNING_KEYS)[number] | null {
  return SIGNING_KEYS[(keyInfo >>> 2) & 7] ?? null
}

export async function isSignedByKey(
  { signed, signature }: SnpReport,
  { certificate }: EndorsementKey,
  mathematics: Mathematics,
): Promise<boolean> {
  try {
    const key = { form: 'spki', bytes: certificate.key.spki } as const
    return await mathematics.verifySignature('ecdsa-p384-sha384', key, signed, signature)
  } catch {
    return false
  }
}

/** Everything the certificate says has to be what the report says; without a certificate, or a report, nothing is. */
export function endorsementChecks(report: SnpReport | null, key: EndorsementKey | null): readonly Check[] {
  const form = check('snp_certificate', key !== null, 'certificate of a VCEK or VLEK, first', key ? key.kind : 'none')
  if (!report || !key) return [form]
  const signingKey = signingKeyOf(report)
  const signer = check('snp_signing_key', signingKey === key.kind, key.kind, signingKey ?? 'another key')
  return [form, signer, productCheck(report, key), chipCheck(report, key), ...tcbChecks(report, key)]
}

function productCheck({ cpuid, version }: SnpReport, { product }: EndorsementKey): Check {
  if (!cpuid) return check('snp_product', true, product, `not said in version ${version}`)
  const found = productOfCpuid(cpuid)
  return check('snp_product', found === product, product, found ?? 'an unknown product')
}

function chipCheck({ chipId }: SnpReport, { kind, subject }: EndorsementKey): Check {
  // A VLEK is of no chip: what vouches for the machine is the cloud it names.
  if (kind === 'vlek') return check('snp_chip_id', true, 'a cloud and no chip, the key being a VLEK', 'so')
  const found = chipId.subarray(0, subject.length)
  const isSame = equalBytes(found, subject) && isZero(chipId.subarray(subject.length)) && !isZero(subject)
  return check('snp_chip_id', isSame, encodeHex(subject), encodeHex(chipId))
}

function tcbChecks({ tcb }: SnpReport, { product, tcb: certified }: EndorsementKey): readonly Check[] {
  const reported = readSnpTcb(tcb.reported, product)
  const isZeroed = Object.values(tcb).every((bytes) => hasZeroReserved(bytes, product))
  return [
    check(
      'snp_tcb_certificate',
      isZeroed && differingParts(reported, certified).length === 0,
      describeTcb(certified),
      isZeroed ? describeTcb(reported) : 'bytes that belong to no part',
    ),
  ]
}
