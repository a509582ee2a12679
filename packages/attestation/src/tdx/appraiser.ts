import type { Appraiser } from '../appraiser.ts'
import { check } from '../checks.ts'
import { appraisePlatform, INTEL_INDISPENSABLE } from '../intel/platform.ts'
import { platformPolicyChecks } from '../intel/policy-checks.ts'
import { type IntelQuote, readQuote } from '../intel/quote.ts'
import { isTdxPolicy } from './policy.ts'
import { isDebug, tdChecks } from './td-checks.ts'
import { readTdReport, type TdReport } from './td-report.ts'

/** Intel TDX: ECDSA quotes of version 4 and 5. @param roots SHA-256 of the roots to believe, hexadecimal */
export function tdxAppraiser(roots: readonly string[]): Appraiser<'tdx'> {
  return {
    type: 'tdx',
    indispensable: [...INTEL_INDISPENSABLE, 'tdx_module_signer', 'tdx_attributes', 'tdx_xfam'],
    isPolicy: isTdxPolicy,
    async appraise({ quote: bytes }, endorsements, { family, now, mathematics }) {
      const read = readTdx(bytes)
      const form = check(
        'evidence_form',
        read !== null,
        'an Intel quote about a trust domain',
        read ? 'one' : 'another thing',
      )
      if (!read) return { checks: [form], claims: null, terms: [] }

      const { quote, report } = read
      const platform = await appraisePlatform(quote, report, endorsements, { roots, now, mathematics })
      const { pck, tcb, evaluationDataNumber } = platform
      const [RTMR0, RTMR1, RTMR2, RTMR3] = report.rtmrs
      const measurements = { MRTD: report.mrTd, RTMR0, RTMR1, RTMR2, RTMR3 }
      return {
        checks: [
          form,
          ...platform.checks,
          ...platformPolicyChecks(platform, measurements, family),
          ...tdChecks(report, family),
        ],
        terms: platform.terms,
        claims: {
          measurements,
          reportData: report.reportData,
          nonce: null,
          debug: isDebug(report),
          issuedAt: null,
          platform: pck ? { kind: 'ppid', id: pck.ppid } : null,
          tcb,
          details: {
            family: 'tdx',
            tdAttributes: report.tdAttributes,
            xfam: report.xfam,
            mrSeam: report.mrSeam,
            mrConfigId: report.mrConfigId,
            mrOwner: report.mrOwner,
            mrOwnerConfig: report.mrOwnerConfig,
            mrServiceTd: report.later?.mrServiceTd ?? null,
            fmspc: pck?.fmspc ?? null,
            tcbEvaluationDataNumber: evaluationDataNumber,
          },
        },
      }
    },
  }
}

function readTdx(bytes: Uint8Array): { readonly quote: IntelQuote; readonly report: TdReport } | null {
  try {
    const quote = readQuote(bytes)
    return quote.bodyKind === 'enclave' ? null : { quote, report: readTdReport(quote.body, quote.bodyKind) }
  } catch {
    return null
  }
}
