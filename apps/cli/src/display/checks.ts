/** The checks of a certificate, one a line, every one named. */
import type { CertificateExplanation } from '@perf-aggregator/client'
import { table } from './table.ts'
import { bad, faint, good, paint } from './terminal.ts'

export function checkLines({ checks, attestation, certificate }: CertificateExplanation): string[] {
  const rows = checks.map((check) => {
    switch (check.outcome) {
      case 'passed':
        return [good('pass'), check.name, check.found]
      case 'failed':
        return [bad('FAIL'), check.name, `${check.code}: expected ${check.expected}, found ${check.found}`]
      case 'skipped':
        return [paint('yellow', 'SKIP'), check.name, check.reason]
      case 'not_checked':
        return [faint('–'), check.name, faint(`not looked at, because ${check.dependsOn} failed`)]
    }
  })
  const failures = attestation.filter((check) => check.outcome === 'failed')
  return [
    ...table([{ title: '' }, { title: 'check' }, { title: 'result' }], rows),
    ...failures.map((check) => `     attestation ${check.name}: ${check.code}`),
    ...(certificate?.simulated === true
      ? ['', paint('yellow', 'SIMULATOR: the signatures hold, and no hardware stands behind them.')]
      : []),
  ]
}
