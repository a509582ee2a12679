/** What was fetched, whether the evidence verifies with it, and until when. */

import { instant } from '@perf-aggregator/attestation'
import type { FetchedFile } from '../attest/fetch/fetch-endorsements.ts'
import type { Round } from '../attest/fetch/round.ts'
import { isMalformed } from '../attest/judge.ts'
import { outcomeOf } from '../attest/verdict-json.ts'
import { grid, pairs } from './table.ts'
import { bad, good, strong, warn } from './terminal.ts'
import { checkRow, validityText } from './verdict.ts'

export function fetchedLines({ files, judged }: Round, room: number): string[] {
  const { verdict, warnings, evidence } = judged
  const failed = verdict.checks.filter(({ outcome }) => outcome === 'failed')
  return [
    ...grid(files.map(fileRow), room),
    ...(failed.length === 0 ? [] : ['', ...grid(failed.map(checkRow), room)]),
    '',
    ...pairs([['holds', validityText(verdict.validity)]], room),
    verdict.accepted
      ? `${good('ACCEPTED')} as genuine hardware (${evidence.type})`
      : `${bad(isMalformed(verdict) ? 'MALFORMED' : 'REJECTED')}: ${verdict.failures.join(', ')}`,
    ...warnings.map((warning) => warn(strong(warning))),
  ]
}

export function fetchedJson({ files, judged }: Round): object {
  const { verdict, evidence, warnings } = judged
  const { validity } = verdict
  return {
    evidence_type: evidence.type,
    outcome: outcomeOf(judged),
    files,
    failures: verdict.accepted ? [] : verdict.failures,
    failed_checks: verdict.checks.filter(({ outcome }) => outcome === 'failed'),
    holds_until: validity && instant(validity.notAfter),
    bound_by: validity && validity.boundBy.notAfter,
    warnings,
  }
}

function fileRow({ file, outcome, code, url }: FetchedFile): string[] {
  const { host } = new URL(url)
  if (outcome === 'failed') return [bad('failed'), file, `${host}: ${code}; what was there stays`]
  const said = { saved: 'from', unchanged: 'the same at', kept: 'never changes, not asked of' }[outcome]
  return [good(outcome), file, `${said} ${host}`]
}
