/** A verdict for programs: everything whole, claims under the names of RFC 9711 where they were verified. */
import { eatClaims, instant } from '@perf-aggregator/attestation'
import { vendorSources } from '@perf-aggregator/attestation/files'
import type { BootLog } from './boot-log.ts'
import type { UnreadFile } from './inputs.ts'
import { failuresOf, isAccepted, isMalformed, type Judged } from './judge.ts'
import { plainJson } from './plain-json.ts'

export type Outcome = 'accepted' | 'rejected' | 'malformed'

export function outcomeOf(judged: Judged): Outcome {
  if (isAccepted(judged)) return 'accepted'
  return isMalformed(judged.verdict) ? 'malformed' : 'rejected'
}

export function verdictJson(judged: Judged): object {
  const { file, evidence, verdict, policy, atDocument, warnings } = judged
  const { validity } = verdict
  return {
    file,
    outcome: outcomeOf(judged),
    evidence_type: evidence.type,
    at: { instant: instant(verdict.at), seconds: verdict.at, source: atDocument ? 'document' : 'given' },
    policy,
    warnings,
    failures: failuresOf(judged),
    checks: verdict.checks,
    validity: validity && {
      not_before: instant(validity.notBefore),
      not_after: instant(validity.notAfter),
      bound_by: { not_before: validity.boundBy.notBefore, not_after: validity.boundBy.notAfter },
    },
    claims: verdict.accepted ? eatClaims(verdict) : null,
    evidence: evidenceJson(judged),
    ...(judged.bootLog && { event_log: bootLogJson(judged.bootLog) }),
  }
}

/** What the evidence says beyond RFC 9711, verified or not. */
function evidenceJson({ evidence, verdict }: Judged): object {
  const claims = verdict.accepted ? verdict.claims : verdict.unverifiedClaims
  const sources = claims ? vendorSources(evidence, claims) : []
  return { verified: verdict.accepted, says: claims && plainJson(claims), vendor_sources: sources }
}

function bootLogJson({ file, events, replayed, confirmation, changes }: BootLog): object {
  const { confirmed, differing, notQuoted, notLogged } = confirmation
  return {
    file,
    registers: { confirmed, differing, not_quoted: notQuoted, not_logged: notLogged },
    replayed: plainJson(replayed),
    events: plainJson(events),
    changes: changes && plainJson(changes),
  }
}

export function unreadJson({ file, code, message }: UnreadFile): object {
  return { file, outcome: 'malformed', failures: [code], message }
}
