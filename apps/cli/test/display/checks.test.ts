import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CERTIFICATE_CHECKS, explainCertificate } from '@perf-aggregator/client'
import { certificateMaker, samplePerformance } from '@perf-aggregator/testkit'
import { certificateLines } from '../../src/display/certificate.ts'
import { checkLines } from '../../src/display/checks.ts'
import { widthOf } from '../../src/display/columns.ts'

const ROOM = 100
const maker = certificateMaker(samplePerformance(3))

function requireRoom(lines: readonly string[]): void {
  for (const line of lines) assert.ok(widthOf(line) <= ROOM, line)
}

test('a genuine certificate: each check passed, by name, and the verdict with the id', async () => {
  const { text, id } = await maker.make()
  const lines = checkLines(await explainCertificate(text, maker.trust), ROOM)
  for (const name of CERTIFICATE_CHECKS)
    assert.ok(
      lines.some((line) => line.startsWith(`pass  ${name} `)),
      name,
    )
  assert.equal(lines.at(-1), `VERIFIED ${id}`)
  assert.ok(lines.some((line) => line.startsWith('SIMULATOR')))
  requireRoom(lines)
})

test('each signature says by which key', async () => {
  const { text } = await maker.make()
  const lines = checkLines(await explainCertificate(text, maker.trust), ROOM)
  for (const name of ['signature_ed25519', 'signature_mldsa65']) {
    const line = lines.find((one) => one.includes(name)) ?? ''
    assert.match(line, /key [\w-]{12}…$/)
  }
})

test('a refused one: what failed by name, with its code, and the rest not looked at', async () => {
  const { text } = await maker.make({ shownBinding: (binding) => ({ ...binding, keyEpoch: 4 }) })
  const lines = checkLines(await explainCertificate(text, maker.trust), ROOM)
  assert.ok(
    lines.some((line) => /^FAIL {2}binding +report_data_mismatch: /.test(line)),
    lines.join('\n'),
  )
  assert.match(lines.at(-1) ?? '', /^NOT VERIFIED: .*binding/)
  requireRoom(lines)
})

test('a skipped check says so', async () => {
  const { text } = await maker.make()
  const trust = { ...maker.trust, measurements: { skip: 'nobody cared' } }
  const lines = checkLines(await explainCertificate(text, trust), ROOM)
  assert.ok(lines.some((line) => /^SKIP {2}measurement +nobody cared$/.test(line)))
})

test('what a certificate says is shown only where it is verified', async () => {
  const { text } = await maker.make()
  const shown = certificateLines(await explainCertificate(text, maker.trust), ROOM)
  assert.match(shown.join('\n'), /binance: 12,477 fills/)
  requireRoom(shown)
  assert.deepEqual(
    certificateLines(await explainCertificate(text, { ...maker.trust, allowSimulator: false }), ROOM),
    [],
  )
})
