import type { Appraiser } from '../appraiser.ts'
import { encodeHex, equalBytes, isZero } from '../bytes/index.ts'
import { type Check, check, unlessSkipped } from '../checks.ts'
import { type EnclaveReport, readEnclaveReport } from '../intel/enclave-report.ts'
import { appraisePlatform, INTEL_INDISPENSABLE } from '../intel/platform.ts'
import { platformPolicyChecks } from '../intel/policy-checks.ts'
import { type IntelQuote, readQuote } from '../intel/quote.ts'
import { isSgxPolicy, type SgxPolicy } from './policy.ts'

/** Flags of the first attribute byte (Intel SDM volume 3D, "ATTRIBUTES"). */
const FLAG = { init: 0x01, debug: 0x02, mode64: 0x04 } as const
/** Bits without a meaning to this verifier: 3 of byte 0, all but AEX-notify (10) of byte 1, and the rest of the flags. */
const RESERVED = Uint8Array.of(0x08, 0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)

/** Intel SGX: ECDSA quotes of version 3, and of 4 and 5 about an enclave. @param roots SHA-256 of the roots to believe, hexadecimal */
export function sgxAppraiser(roots: readonly string[]): Appraiser<'sgx'> {
  return {
    type: 'sgx',
    indispensable: [...INTEL_INDISPENSABLE, 'sgx_attributes'],
    isPolicy: isSgxPolicy,
    async appraise({ quote: bytes }, endorsements, { family, now, mathematics }) {
      const read = readSgx(bytes)
      const form = check(
        'evidence_form',
        read !== null,
        'an Intel quote about an SGX enclave',
        read ? 'one' : 'another thing',
      )
      if (!read) return { checks: [form], claims: null, terms: [] }

      const { quote, report } = read
      const platform = await appraisePlatform(quote, null, endorsements, { roots, now, mathematics })
      const { pck, tcb, evaluationDataNumber } = platform
      const measurements = { MRENCLAVE: report.mrEnclave, MRSIGNER: report.mrSigner }
      return {
        checks: [
          form,
          ...platform.checks,
          ...platformPolicyChecks(platform, measurements, family),
          ...enclaveChecks(report, family),
        ],
        terms: platform.terms,
        claims: {
          measurements,
          reportData: report.reportData,
          nonce: null,
          debug: ((report.attributes[0] ?? 0) & FLAG.debug) !== 0,
          issuedAt: null,
          platform: pck ? { kind: 'ppid', id: pck.ppid } : null,
          tcb,
          details: {
            family: 'sgx',
            isvProdId: report.isvProdId,
            isvSvn: report.isvSvn,
            configId: report.configId,
            attributes: report.attributes,
            fmspc: pck?.fmspc ?? null,
            tcbEvaluationDataNumber: evaluationDataNumber,
          },
        },
      }
    },
  }
}

function readSgx(bytes: Uint8Array): { readonly quote: IntelQuote; readonly report: EnclaveReport } | null {
  try {
    const quote = readQuote(bytes)
    return quote.bodyKind === 'enclave' ? { quote, report: readEnclaveReport(quote.body) } : null
  } catch {
    return null
  }
}

function enclaveChecks(report: EnclaveReport, policy: SgxPolicy): readonly Check[] {
  const { attributes, isvProdId, isvSvn, configId } = report
  const flags = attributes[0] ?? 0
  const isProduction = (flags & FLAG.init) !== 0 && (flags & FLAG.mode64) !== 0
  const isReservedZero = RESERVED.every((mask, at) => ((attributes[at] ?? 0) & mask) === 0) && report.isReservedZero
  return [
    check(
      'sgx_attributes',
      isProduction && isReservedZero,
      'initialised, 64-bit, reserved bits and bytes of the report zero',
      `${encodeHex(attributes)}, reserved bytes ${report.isReservedZero ? 'zero' : 'not zero'}`,
    ),
    unlessSkipped('sgx_isvprodid', policy.isvProdId, (wanted) => [
      isvProdId === wanted,
      String(wanted),
      String(isvProdId),
    ]),
    unlessSkipped('sgx_isvsvn', policy.minIsvSvn, (least) => [isvSvn >= least, `${least} or more`, String(isvSvn)]),
    unlessSkipped('sgx_configid', policy.configId, (wanted) => [
      equalBytes(configId, wanted),
      describe(wanted),
      describe(configId),
    ]),
  ]
}

function describe(bytes: Uint8Array): string {
  return isZero(bytes) ? 'zero' : encodeHex(bytes)
}
