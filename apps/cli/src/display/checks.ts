/** The checks of a certificate, one a line, every one named. `--json` holds the digests whole. */
import type { CertificateCheck, CertificateExplanation } from '@perf-aggregator/client'
import { shortenDigests } from './columns.ts'
import { grid } from './table.ts'
import { bad, faint, good, warn } from './terminal.ts'
import { CODES } from './verdict.ts'

/** Every check, what stands behind a refused attestation, and the verdict. */
export function checkLines(explanation: CertificateExplanation, room: number): string[] {
  const { checks, attestation, certificate } = explanation
  const refused = attestation.flatMap((check) => (check.outcome === 'failed' ? [check] : []))
  return [
    ...grid(checks.map(checkRow), room),
    ...refused.map(({ name, code }) => faint(`      attestation, ${name.replaceAll('_', ' ')}: ${code}`)),
    ...(certificate?.simulated === true
      ? ['', warn('SIMULATOR: the signatures hold, and no hardware stands behind them.')]
      : []),
    '',
    ...verdictLines(explanation),
  ]
}

function checkRow(check: CertificateCheck): string[] {
  switch (check.outcome) {
    case 'passed':
      return [good('pass'), check.name, shortenDigests(check.found)]
    case 'failed':
      return [
        bad('FAIL'),
        check.name,
        shortenDigests(`${check.code}: expected ${check.expected}, found ${check.found}`),
      ]
    case 'skipped':
      return [warn('SKIP'), check.name, check.reason]
    case 'not_checked':
      return [faint('–'), check.name, faint(`not looked at, because ${check.dependsOn} failed`)]
  }
}

function verdictLines({ verified, id, checks }: CertificateExplanation): string[] {
  if (verified) return [`${good('VERIFIED')} ${id}`]
  const failed = checks.flatMap((check) => (check.outcome === 'failed' ? [check.name] : []))
  return [faint(CODES), `${bad('NOT VERIFIED')}: ${failed.join(', ')}`]
}
