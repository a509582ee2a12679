import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { certificateMaker } from '@perf-aggregator/testkit'
import { logKeysOf, readerTrustOf, trustOf } from '../../src/settings/connection.ts'
import { wholeNumber } from '../../src/settings/numbers.ts'
import { UsageError } from '../../src/settings/usage-error.ts'

const RELEASE = 'ab'.repeat(32)

test('a client trusts a release, a simulator, or both: never nothing', () => {
  assert.deepEqual(trustOf({ measurement: [RELEASE] }), { allowSimulator: false, measurements: [RELEASE] })
  assert.deepEqual(trustOf({ allowSimulator: true }), { allowSimulator: true })
  const both = { allowSimulator: true, measurements: [RELEASE] }
  assert.deepEqual(trustOf({ allowSimulator: true, measurement: [RELEASE] }), both)
  assert.throws(() => trustOf({}), /--measurement HEX .* or --allow-simulator/)
})

for (const wrong of ['', 'ab', RELEASE.toUpperCase(), `${RELEASE}00`, ` ${RELEASE}`]) {
  test(`a measurement is 64 lower-case hexadecimal digits, not ${JSON.stringify(wrong)}`, () => {
    assert.throws(() => trustOf({ measurement: [RELEASE, wrong] }), UsageError)
    assert.throws(() => readerTrustOf({ measurement: [wrong] }), UsageError)
  })
}

test('a reader without a measurement is told that any release is accepted', () => {
  assert.deepEqual(readerTrustOf({}), {
    allowSimulator: false,
    measurements: { skip: 'no --measurement was given: any release is accepted' },
  })
})

test('log keys are vkeys', () => {
  const { logKeys } = certificateMaker().trust
  assert.deepEqual(logKeysOf({ logKey: logKeys }), logKeys)
  assert.equal(logKeysOf({}), undefined)
  assert.throws(() => logKeysOf({ logKey: [...logKeys, 'log.test+1+key'] }), UsageError)
})

test('whole numbers above zero', () => {
  assert.equal(wholeNumber('--fills', '300'), 300)
  for (const wrong of ['0', '-1', '1.5', '1e3', '', ' 1', '01', '99999999999']) {
    assert.throws(() => wholeNumber('--fills', wrong), /^UsageError: --fills takes a whole number above zero$/)
  }
})

test('hardware is accepted under a policy file, and only under one', () => {
  const policy = join(import.meta.dirname, '../../../../docs/examples/policies/snp.json')
  const { hardware } = trustOf({ measurement: [RELEASE], policy })
  assert.deepEqual(Object.keys(hardware?.families ?? {}), ['snp'])
  assert.deepEqual(readerTrustOf({ policy }).hardware, hardware)
  assert.equal(trustOf({ measurement: [RELEASE] }).hardware, undefined)
  assert.throws(() => readerTrustOf({ policy: import.meta.filename }), UsageError)
})
