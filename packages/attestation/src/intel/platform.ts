/** The platform below an enclave or a TD: that it is genuine, not revoked, and how up to date it is, all from one quote and its collateral. */
import { encodeHex, equalBytes } from '../bytes/index.ts'
import { type Check, check } from '../checks.ts'
import type { Tcb } from '../tcb.ts'
import { appraiseModule, type ModuleAppraisal, relaunchStatus } from '../tdx/module.ts'
import type { TdReport } from '../tdx/td-report.ts'
import type { Term } from '../validity.ts'
import { readCollateral } from './collateral.ts'
import { type AppraiseDocument, appraiseQeIdentity, appraiseTcbInfo, type DocumentAppraisal } from './documents.ts'
import { appraisePck, type IntelTrust } from './pck.ts'
import type { PckExtension } from './pck-extension.ts'
import { matchQeLevel, type QeIdentity, qeIdentityChecks } from './qe-identity.ts'
import type { IntelQuote } from './quote.ts'
import { quoteSignatureChecks } from './quote-signature.ts'
import type { TcbInfo } from './tcb-info.ts'
import { components, matchLevels, shortfalls } from './tcb-level.ts'
import { appraiseSigners, type SignerAppraisal } from './tcb-signer.ts'
import { converge } from './tcb-status.ts'

export interface PlatformAppraisal {
  readonly checks: readonly Check[]
  readonly terms: readonly Term[]
  /** What the PCK certificate says; null where it could not be read. */
  readonly pck: PckExtension | null
  /** Intel's judgement; without a status where there is none. */
  readonly tcb: Tcb
  /** The lesser of TCB info and QE identity; null where one of them has none. */
  readonly evaluationDataNumber: number | null
}

/** Checks no verdict is positive without, of SGX and TDX alike. */
export const INTEL_INDISPENSABLE = [
  'evidence_form',
  'endorsements',
  'intel_collateral',
  'chain_form',
  'root',
  'chain_signatures',
  'crl_signature',
  'crl_coverage',
  'revocation',
  'intel_pck_names',
  'intel_pck_extension',
  'intel_qe_report_signature',
  'intel_attestation_key',
  'intel_tcb_signer',
  'intel_tcb_info_signature',
  'intel_tcb_info_not_after',
  'intel_tcb_info_platform',
  'intel_tcb_level',
  'intel_qe_identity_signature',
  'intel_qe_identity_not_after',
  'intel_qe_mrsigner',
  'intel_qe_level',
] as const

const NO_JUDGEMENT: Tcb = { status: null, advisories: [], components: [] }

/** @param td the quote's body, of TDX; null for SGX */
export async function appraisePlatform(
  quote: IntelQuote,
  td: TdReport | null,
  endorsements: readonly Uint8Array[],
  trust: IntelTrust,
): Promise<PlatformAppraisal> {
  const { collateral, checks } = readCollateral(endorsements)
  const [pck, signers] = await Promise.all([
    appraisePck(quote.qe.pckChain, collateral, trust),
    appraiseSigners(
      collateral['tcb-info-issuer-chain'],
      collateral['qe-identity-issuer-chain'],
      collateral['root-ca-crl'],
      trust,
    ),
  ])
  const document = async <Content>(
    bytes: Uint8Array | null,
    appraise: AppraiseDocument<Content>,
    signer: SignerAppraisal,
  ): Promise<DocumentAppraisal<Content>> =>
    bytes ? appraise(bytes, quote.tee, signer, trust) : { checks: [], terms: [], content: null }
  const [signatures, tcbInfo, qeIdentity] = await Promise.all([
    quoteSignatureChecks(quote, pck.spki, trust.mathematics),
    document(collateral['tcb-info'], appraiseTcbInfo, signers.tcbInfo),
    document(collateral['qe-identity'], appraiseQeIdentity, signers.qeIdentity),
  ])
  const judged = judge(quote, td, pck.extension, tcbInfo.content, qeIdentity.content)
  const parts = [pck, ...signers.all, tcbInfo, qeIdentity]
  return {
    checks: [...checks, ...parts.flatMap((part) => part.checks), ...signatures, ...judged.checks],
    terms: parts.flatMap(({ terms }) => terms),
    pck: pck.extension,
    tcb: judged.tcb,
    evaluationDataNumber: lesser(tcbInfo.content, qeIdentity.content),
  }
}

function lesser(info: TcbInfo | null, identity: QeIdentity | null): number | null {
  const numbers = [info?.evaluationDataNumber, identity?.evaluationDataNumber]
  const known = numbers.filter((number) => typeof number === 'number')
  return known.length === numbers.length ? Math.min(...known) : null
}

/** Whatever can be judged of what could be read. */
function judge(
  quote: IntelQuote,
  td: TdReport | null,
  pck: PckExtension | null,
  info: TcbInfo | null,
  identity: QeIdentity | null,
): { readonly checks: readonly Check[]; readonly tcb: Tcb } {
  const { report } = quote.qe
  const qeChecks = identity ? qeIdentityChecks(report, identity) : []
  const qeLevel = identity ? matchQeLevel(report, identity) : undefined
  if (!pck || !info) return { checks: qeChecks, tcb: NO_JUDGEMENT }
  const samePlatform = platformCheck(pck, info)
  // What Intel says about another platform means nothing about this one.
  if (samePlatform.outcome !== 'passed') return { checks: [...qeChecks, samePlatform], tcb: NO_JUDGEMENT }

  const teeTcbSvn = td?.teeTcbSvn ?? null
  const { sgx, whole } = matchLevels(info, pck, teeTcbSvn)
  const module = td ? appraiseModule(td, info) : NO_MODULE
  const checks = [...qeChecks, samePlatform, levelCheck(info, pck, teeTcbSvn, whole?.status), ...module.checks]
  const [newest] = info.levels
  const qeFound = { name: 'quoting enclave', found: report.isvSvn, required: identity?.levels[0]?.isvSvn ?? null }
  const found = [...(newest ? components(newest, pck, teeTcbSvn) : []), ...module.components, qeFound]
  const isModuleJudged = td === null || td.teeTcbSvn[1] === 0 || module.level !== null
  if (!sgx || !whole || !qeLevel || !isModuleJudged) return { checks, tcb: { ...NO_JUDGEMENT, components: found } }

  const withModule = module.level ? converge(whole.status, module.level.status) : whole.status
  const platform =
    td && qeLevel.status === 'UpToDate'
      ? relaunchStatus(td, info, { sgx: sgx.status, tdx: withModule, module: module.level?.status ?? null })
      : withModule
  // Stricter than Intel's own library, which lets a level above the TDX one be revoked.
  const status = sgx.status === 'Revoked' ? 'Revoked' : converge(platform, qeLevel.status)
  const advisories = [whole, qeLevel, ...(module.level ? [module.level] : [])].flatMap((level) => level.advisories)
  return { checks, tcb: { status, advisories: [...new Set(advisories)].toSorted(), components: found } }
}

const NO_MODULE: ModuleAppraisal = { checks: [], level: null, components: [] }

function platformCheck(pck: PckExtension, info: TcbInfo): Check {
  const describe = (fmspc: Uint8Array, pceId: Uint8Array): string =>
    `FMSPC ${encodeHex(fmspc)}, PCE ${encodeHex(pceId)}`
  return check(
    'intel_tcb_info_platform',
    equalBytes(pck.fmspc, info.fmspc) && equalBytes(pck.pceId, info.pceId),
    `TCB info about ${describe(pck.fmspc, pck.pceId)}`,
    describe(info.fmspc, info.pceId),
  )
}

/** What is known of the lowest level is the least that holds of a platform below it. */
function means(advisories: readonly string[] = []): string {
  return advisories.length > 0 ? `; which means at least ${advisories.join(', ')}` : ''
}

/** Where no level is reached, says what the lowest of them would still need. */
function levelCheck(info: TcbInfo, pck: PckExtension, teeTcbSvn: Uint8Array | null, status: string | undefined): Check {
  const lowest = info.levels.at(-1)
  const short = lowest
    ? shortfalls(components(lowest, pck, teeTcbSvn)).map(
        ({ name, found, required }) => `${name} is ${found}, needs ${required}`,
      )
    : []
  return check(
    'intel_tcb_level',
    status !== undefined,
    'a TCB level the platform reaches',
    status ?? `none; for the lowest: ${short.join('; ') || 'no version is short alone'}${means(lowest?.advisories)}`,
  )
}
