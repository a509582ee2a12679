import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeClaims, encodeUtf8, ProtocolError, parseClaims } from '../../src/index.ts'
import { CLAIMS } from './fixtures.ts'

test('what is encoded is read back, with and without cnf', () => {
  assert.deepEqual(parseClaims(encodeClaims(CLAIMS)), CLAIMS)
  const { cnf: _, ...anonymous } = CLAIMS
  assert.deepEqual(parseClaims(encodeClaims(anonymous)), anonymous)
  const first = { ...CLAIMS, seq: 1, prev: null }
  assert.deepEqual(parseClaims(encodeClaims(first)), first)
})

test('what a reader would refuse cannot be encoded', () => {
  assert.throws(() => encodeClaims({ ...CLAIMS, seq: 0 }), refusal('claim_invalid'))
})

test('no claim may be missing', () => {
  for (const name of Object.keys(CLAIMS).filter((claim) => claim !== 'cnf')) {
    const { [name as keyof typeof CLAIMS]: _, ...rest } = CLAIMS
    assert.throws(() => parse(rest), refusal('claim_missing'), name)
  }
})

test('a claim nobody knows is refused at every level', () => {
  const account = CLAIMS.accounts[0]!
  for (const altered of [
    { ...CLAIMS, _sd: [] },
    { ...CLAIMS, exp: 1 },
    { ...CLAIMS, ['__proto__2']: 1 },
    { ...CLAIMS, period: { ...CLAIMS.period, days: 1 } },
    { ...CLAIMS, log: { ...CLAIMS.log, witness: 'w' } },
    { ...CLAIMS, cnf: { ...CLAIMS.cnf, kid: 'x' } },
    { ...CLAIMS, cnf: { jwk: { ...CLAIMS.cnf?.jwk, d: 'x' } } },
    { ...CLAIMS, accounts: [{ ...account, name: 'x' }] },
    { ...CLAIMS, accounts: [{ ...account, collection: { ...account.collection, extra: 1 } }] },
  ]) {
    assert.throws(() => parse(altered), refusal('claim_unknown'), JSON.stringify(altered))
  }
})

const INVALID: readonly (readonly [name: string, ...values: readonly unknown[]])[] = [
  ['iss', '', 7, 'with space', 'line\nbreak'],
  ['sub', '', null],
  ['iat', -1, 1.5, '1', 2 ** 53, null],
  ['vct', 'urn:perf-aggregator:certificate:v2'],
  [
    'cnf',
    null,
    {},
    { jwk: { kty: 'EC', crv: 'Ed25519', x: 'A'.repeat(43) } },
    { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'A' } },
  ],
  ['_sd_alg', 'sha-512'],
  ['eat_profile', 'other'],
  ['period', [], { from: '2026-1-1', to: '2026-01-02' }],
  [
    'log',
    { origin: 'o', vkeys: ['one'] },
    { origin: 'o', vkeys: ['one', 'two', 'three'] },
    { origin: 'o', vkeys: [1, 2] },
  ],
  ['key_epoch', -1, '0'],
  ['measurement', '0A'.repeat(32), '0a'.repeat(31), ''],
  ['seq', 0, 1.5, '1'],
  ['prev', null, '', 'B'.repeat(43), 'A'.repeat(44)],
  ['accounts', [], {}, [null], [{}]],
  ['performance', null, [], 'x'],
]

for (const [name, ...values] of INVALID) {
  test(`${name} is held to its form`, () => {
    for (const value of values) {
      assert.throws(
        () => parse({ ...CLAIMS, [name]: value }),
        refusal('claim_invalid', 'claim_missing'),
        JSON.stringify(value),
      )
    }
  })
}

test('no name can drive a terminal that shows it', () => {
  const account = CLAIMS.accounts[0]!
  const gap = account.collection.gaps[0]!
  for (const hostile of ['a\u001b[2J', 'a\u009b2J', 'a\u202eb', 'a\u200bb', 'a\u2028b', 'a'.repeat(256)]) {
    const withGap = (change: object) => ({ ...account.collection, gaps: [{ ...gap, ...change }] })
    for (const altered of [
      { ...CLAIMS, iss: hostile },
      { ...CLAIMS, sub: hostile },
      { ...CLAIMS, log: { ...CLAIMS.log, origin: hostile } },
      { ...CLAIMS, accounts: [{ ...account, account: hostile }] },
      { ...CLAIMS, accounts: [{ ...account, venue: hostile }] },
      { ...CLAIMS, accounts: [{ ...account, collection: withGap({ stream: hostile }) }] },
      { ...CLAIMS, accounts: [{ ...account, collection: withGap({ from: hostile }) }] },
      { ...CLAIMS, accounts: [{ ...account, collection: withGap({ to: hostile }) }] },
    ]) {
      assert.throws(() => parse(altered), refusal('claim_invalid'), JSON.stringify(altered))
    }
  }
})

test('a log is named as a note and a signature can name it', () => {
  for (const name of ['a+b', 'ä'.repeat(128)]) {
    assert.throws(() => parse({ ...CLAIMS, iss: name }), refusal('claim_invalid'), name)
    const log = { ...CLAIMS.log, origin: name }
    assert.throws(() => parse({ ...CLAIMS, log }), refusal('claim_invalid'), name)
  }
  for (const name of ['ä'.repeat(127), 'a'.repeat(255)]) {
    parse({ ...CLAIMS, iss: name, log: { ...CLAIMS.log, origin: name } })
  }
  parse({ ...CLAIMS, sub: 'ä+'.repeat(127) })
})

test('a gap lasts from one instant of the calendar to another that is not before it', () => {
  const account = CLAIMS.accounts[0]!
  const withGap = (from: string, to: string): unknown => {
    const gaps = [{ stream: 'fills', from, to }]
    return { ...CLAIMS, accounts: [{ ...account, collection: { ...account.collection, gaps } }] }
  }
  const end = '2026-12-31T23:59:59.999999999Z'
  for (const from of ['2024-02-29T00:00:00Z', '2026-12-31T23:59:59Z', '2026-12-31T23:59:59.9Z', end]) {
    parse(withGap(from, end))
  }
  for (const from of [
    '2026-13-19T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2016-12-31T23:59:60Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:00+00:00',
    '2026-01-01T00:00:00z',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00.Z',
    '2027-01-01T00:00:00Z',
  ]) {
    assert.throws(() => parse(withGap(from, end)), refusal('claim_invalid'), from)
  }
  const [earlier, later] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z']
  parse(withGap(earlier, later))
  assert.throws(() => parse(withGap(later, earlier)), refusal('claim_invalid'))
})

test('a first certificate has no predecessor', () => {
  assert.throws(() => parse({ ...CLAIMS, seq: 1 }), refusal('claim_invalid'))
})

test('any other signature policy has its own code', () => {
  for (const policy of [[], ['Ed25519'], ['ML-DSA-65', 'Ed25519'], ['Ed25519', 'ML-DSA-65', 'none']]) {
    assert.throws(() => parse({ ...CLAIMS, sig_policy: policy }), refusal('signature_policy'))
  }
})

test('a repeated claim and bytes that are not UTF-8 are refused', () => {
  const text = JSON.stringify(CLAIMS)
  assert.throws(() => parseClaims(encodeUtf8(text.replace('{', '{"seq":9,'))), refusal('json_duplicate_member'))
  assert.throws(() => parseClaims(Uint8Array.of(0x22, 0xff, 0x22)), { code: 'invalid_utf8' })
})

function parse(claims: unknown): unknown {
  return parseClaims(encodeUtf8(JSON.stringify(claims)))
}

function refusal(...codes: readonly string[]) {
  return (error: unknown): boolean => error instanceof ProtocolError && codes.includes(error.code)
}
