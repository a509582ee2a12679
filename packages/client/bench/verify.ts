/**
 * How long a reader waits for a verdict: one whole offline verification of a certificate file, from its text, and where the
 * time goes. The certificate has three accounts, forty markets, both signatures, simulator evidence and a proof in a log of
 * 100,000 entries.
 */
import { certificateMaker, samplePerformance } from '@perf-aggregator/testkit'
import { CheckList } from '../src/certificate/check.ts'
import { checkEvidence } from '../src/certificate/evidence-checks.ts'
import { checkLog } from '../src/certificate/log-checks.ts'
import { openCertificate } from '../src/certificate/open-certificate.ts'
import { checkPeriod } from '../src/certificate/period-check.ts'
import { checkSignatures } from '../src/certificate/statement-checks.ts'
import { verifyCertificate } from '../src/index.ts'

const RUNS = 400
const WARM_UP = 50

export async function bench(print: (line: string) => void): Promise<void> {
  const maker = certificateMaker(samplePerformance(40))
  const { text } = await maker.make({
    claims: (claims) => ({
      ...claims,
      accounts: ['a', 'b', 'c'].map((account) => ({ ...claims.accounts[0], account })),
    }),
    log: { before: 61_803, after: 38_196 },
  })
  const now = maker.issuedAt + 60
  const whole = await median(() => verifyCertificate(text, maker.trust, { now }))
  print(`certificate file of ${text.length} bytes, ${RUNS} verifications one after another`)
  print(`whole verification      ${whole.toFixed(2)} ms median (target: at most 5 ms)`)

  const opened = openCertificate(text, new CheckList())
  if (opened === null) throw new Error('the certificate of the benchmark is not well-formed')
  const statement = await checkSignatures(new CheckList(), opened)
  const steps: readonly (readonly [string, () => unknown])[] = [
    ['parse file and claims', () => openCertificate(text, new CheckList())],
    ['both signatures', () => checkSignatures(new CheckList(), opened)],
    ['evidence and binding', () => checkEvidence(new CheckList(), opened, statement, maker.trust)],
    ['log: inclusion, 2 keys', () => checkLog(new CheckList(), opened, maker.trust, undefined)],
    ['period', () => checkPeriod(new CheckList(), opened.claims, now)],
  ]
  for (const [name, run] of steps) print(`  ${name.padEnd(22)}${(await median(run)).toFixed(2)} ms`)
}

async function median(run: () => unknown): Promise<number> {
  const times: number[] = []
  for (let at = 0; at < WARM_UP + RUNS; at += 1) {
    const started = performance.now()
    await run()
    if (at >= WARM_UP) times.push(performance.now() - started)
  }
  return times.toSorted((a, b) => a - b)[RUNS / 2] ?? Number.NaN
}

if (import.meta.main) await bench(console.log)
