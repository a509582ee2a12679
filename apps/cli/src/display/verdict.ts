/** A verdict about evidence, for people: every check by name, what is short, when all of it holds, and what was not checked. */
import type { Check, Claims, Tcb, Validity } from '@perf-aggregator/attestation'
import { instant } from '@perf-aggregator/attestation'
import { type Source, vendorSources } from '@perf-aggregator/attestation/files'
import type { UnreadFile } from '../attest/inputs.ts'
import { failuresOf, isAccepted, isMalformed, type Judged } from '../attest/judge.ts'
import { bootLogLines } from './boot-log.ts'
import { claimRows } from './claims.ts'
import { shortenDigests } from './columns.ts'
import { foreignText } from './foreign.ts'
import { grid, pairs } from './table.ts'
import { bad, faint, good, strong, warn } from './terminal.ts'

/** Where a reader of codes goes on. */
export const CODES = 'what each code means, and the way out: docs/errors.md'

/** Ways out that are no matter of the evidence, by failure; Intel's certificates and lists are all in its collateral. */
const MISSING: Readonly<Record<string, string>> = {
  crl_missing:
    'revocation lists are missing, or those given are of others: --collateral FILE gives them (docs/verify-an-enclave.md says where they are)',
  intel_collateral_missing: 'collateral is missing: --collateral FILE or FOLDER gives it (docs/verify-an-enclave.md)',
  chain_malformed:
    'the certificates of AMD are not all there: --endorsement FILE gives VCEK or VLEK, ASK or ASVK, and ARK',
  binding_malformed:
    'it comes without the keys it commits to: for evidence of other enclaves than this project’s, skip "binding" and "notAfter" in the policy',
  x509_expired: 'for evidence from an archive: --at INSTANT, or --at document where it carries its own time',
}

/** Findings that repeat the expectation. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(['so', 'one', 'none is', 'by it', 'as given', 'all'])

export function verdictLines(judged: Judged, room: number): string[] {
  const { verdict, warnings } = judged
  const banner = warnings.map((warning) => warn(strong(warning)))
  return [
    ...heading(judged, room),
    ...spaced(banner),
    '',
    ...grid(verdict.checks.map(checkRow), room),
    ...spaced(tcbLines(claimsOf(judged)?.tcb ?? null)),
    '',
    ...pairs([['holds', validityText(verdict.validity)]], room),
    ...spaced(missingLines(judged)),
    ...spaced(judged.bootLog ? bootLogLines(judged.bootLog, room, false) : []),
    '',
    ...conclusion(judged),
    // Once more, where whoever reads only the last line sees it.
    ...banner,
  ]
}

/** What the evidence says, and whether anybody verified it. */
export function evidenceLines(judged: Judged, room: number): string[] {
  const claims = claimsOf(judged)
  return [
    ...heading(judged, room),
    ...spaced(judged.warnings.map((warning) => warn(strong(warning)))),
    '',
    ...(claims ? pairs(claimRows(claims), room) : [faint('nothing in it can be read')]),
    ...spaced(judged.bootLog ? bootLogLines(judged.bootLog, room, true) : []),
    ...spaced(claims ? vendorSources(judged.evidence, claims).map(sourceLine) : []),
    '',
    ...conclusion(judged),
    ...(judged.verdict.accepted ? [] : [warn('What stands above is what somebody says, and not to be believed.')]),
  ]
}

function heading({ file, evidence, policy, verdict, atDocument }: Judged, room: number): string[] {
  const at = instant(verdict.at)
  return [
    strong(foreignText(file)),
    ...pairs(
      [
        ['evidence', evidence.type],
        ['judged at', atDocument ? `${at}, the document's own time, for which only its signature vouches` : at],
        [
          'policy',
          policy === 'hardware-only' ? 'hardware-only (built in; --policy FILE gives another)' : 'as in the file',
        ],
      ],
      room,
    ),
  ]
}

/** A file of which there is no verdict. */
export function unreadLine({ file, code, message }: UnreadFile): string {
  return `${bad('MALFORMED')} ${foreignText(file)}: ${message} (${code})`
}

/** One check in one line: outcome, name, what was found. */
export function checkRow(check: Check): string[] {
  switch (check.outcome) {
    case 'passed':
      return [good('pass'), check.name, shortenDigests(passedText(check.expected, check.found))]
    case 'failed':
      return [
        bad('FAIL'),
        check.name,
        shortenDigests(`${check.code}: expected ${check.expected}, found ${check.found}`),
      ]
    case 'skipped':
      return [warn('SKIP'), check.name, check.reason]
  }
}

/** What was found, unless it says only that what was expected is so. */
function passedText(expected: string, found: string): string {
  return found === expected ? found : SAYS_NOTHING.has(found) ? expected : `${expected}: ${found}`
}

function tcbLines(tcb: Tcb | null): string[] {
  const short = tcb?.components.filter(({ found, required }) => required !== null && found < required) ?? []
  const means = tcb?.advisories.length ? `: ${tcb.advisories.join(', ')}` : ''
  return short.map(({ name, found, required }) => warn(`short: ${name} is ${found}, needs ${required}${means}`))
}

/** When everything at hand holds at once, and what bounds that. */
export function validityText(validity: Validity | null): string {
  if (!validity) return 'nothing with a term could be read'
  const { notBefore, notAfter, boundBy } = validity
  if (notBefore > notAfter) {
    return `at no moment: ${boundBy.notBefore} begins at ${instant(notBefore)}, after ${boundBy.notAfter} ended at ${instant(notAfter)}`
  }
  return `from ${instant(notBefore)} (${boundBy.notBefore}) to ${instant(notAfter)} (${boundBy.notAfter})`
}

function missingLines(judged: Judged): string[] {
  const failures = failuresOf(judged)
  const isOfCollateral = failures.includes('intel_collateral_missing')
  return failures
    .filter((code) => !(isOfCollateral && (code === 'chain_malformed' || code === 'crl_missing')))
    .flatMap((code) => (MISSING[code] === undefined ? [] : [faint(MISSING[code])]))
}

function conclusion(judged: Judged): string[] {
  if (isAccepted(judged)) {
    return [`${good('ACCEPTED')} ${judged.policy === 'hardware-only' ? 'as genuine hardware' : 'under the policy'}`]
  }
  return [
    faint(CODES),
    `${bad(isMalformed(judged.verdict) ? 'MALFORMED' : 'REJECTED')}: ${failuresOf(judged).join(', ')}`,
  ]
}

/** Never broken, so that it can be copied. */
function sourceLine({ file, url, header }: Source): string {
  const chain = header ? `  # header ${header.name}: ${header.file}` : ''
  return `${faint('vendor')}  ${file}  ${url}${chain}`
}

function claimsOf({ verdict }: Judged): Claims | null {
  return verdict.accepted ? verdict.claims : verdict.unverifiedClaims
}

function spaced(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines]
}
