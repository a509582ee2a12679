import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainCertificate } from '@perf-aggregator/client'
import { decodeBase64Url, decodeUtf8 } from '@perf-aggregator/protocol'
import { certificateMaker, samplePerformance } from '@perf-aggregator/testkit'
import { withOneDigitAltered } from '../../src/demo/alter.ts'

const payloadOf = (text: string): string => {
  const { statement } = JSON.parse(text) as { statement: { payload: string } }
  return decodeUtf8(decodeBase64Url(statement.payload))
}

for (const value of ['1200.25', '-9.5', '0']) {
  test(`exactly one digit of a realised PnL of ${value} is altered`, async () => {
    const sample = samplePerformance()
    const maker = certificateMaker({ ...sample, total: { ...sample.total, realisedPnl: { value } } })
    const { text } = await maker.make()
    const { file, change } = withOneDigitAltered(text)
    const [before, after] = [payloadOf(text), payloadOf(file)]
    assert.equal(before.length, after.length)
    const altered = before.split('').filter((character, at) => character !== after[at])
    assert.equal(altered.length, 1)
    assert.match(altered[0] ?? '', /\d/)
    assert.match(change, /\d → \d$/)
    const { verified, checks } = await explainCertificate(file, maker.trust)
    assert.equal(verified, false)
    const failed = checks.flatMap((check) => (check.outcome === 'failed' ? [check.name] : []))
    assert.deepEqual(failed, ['signature_ed25519', 'signature_mldsa65', 'inclusion'])
  })
}

test('a certificate without a realised PnL cannot be altered so', async () => {
  const sample = samplePerformance(0)
  const unpriced = { value: null, reason: 'unpriced' } as const
  const { text } = await certificateMaker({ ...sample, total: { ...sample.total, realisedPnl: unpriced } }).make()
  assert.throws(() => withOneDigitAltered(text), /states no realised PnL/)
})
