import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson } from '../../src/bytes/index.ts'
import { parseSimulatorQuote } from '../../src/simulator/index.ts'
import { genuine } from '../fixtures.ts'

const { quote } = genuine().evidence
const text = Buffer.from(quote).toString()
const json = JSON.parse(text) as Record<string, unknown>

const parse = (altered: string) => () => parseSimulatorQuote(new Uint8Array(Buffer.from(altered)))

test('a quote reads as the documented object', () => {
  assert.deepEqual(Object.keys(json), [
    'debug',
    'issued_at',
    'kind',
    'measurement',
    'report_data',
    'signature',
    'warning',
  ])
  assert.equal(json['warning'], 'SIMULATOR: NOT A TEE')
  assert.equal(parseSimulatorQuote(quote).statement.debug, false)
})

const SECOND_SPELLINGS: Readonly<Record<string, string>> = {
  'white space': text.replace('{', '{ '),
  'a line end': `${text}\n`,
  'a byte order mark': `\ufeff${text}`,
  'a repeated key': text.replace('{', '{"debug":true,'),
  'keys in another order': JSON.stringify(Object.fromEntries(Object.entries(json).toReversed())),
  'an escape where none is needed': text.replace('SIMULATOR', '\\u0053IMULATOR'),
  'a number in another form': text.replace(/"issued_at":(\d+)/, '"issued_at":$1.0'),
  'no JSON': 'quote',
  'an array': '[]',
  null: 'null',
  nothing: '',
}

for (const [what, altered] of Object.entries(SECOND_SPELLINGS)) {
  test(`${what} is refused`, () => {
    assert.notEqual(altered, text)
    assert.throws(parse(altered), { name: 'AttestationError', code: 'field_malformed' })
  })
}

const ALTERED: Readonly<Record<string, readonly unknown[]>> = {
  debug: ['false', 0, null],
  issued_at: ['1', -1, 1.5],
  kind: ['perf-aggregator/simulator-evidence/v2', 1],
  measurement: ['00'.repeat(31), 'AA'.repeat(32), 5],
  report_data: ['00'.repeat(63), '00'.repeat(65)],
  signature: [Buffer.alloc(63).toString('base64'), Buffer.alloc(64).toString('base64url')],
  warning: ['', 'simulator: not a TEE'],
}

for (const [name, values] of Object.entries(ALTERED)) {
  for (const value of values) {
    test(`${name} as ${JSON.stringify(value).slice(0, 24)} is refused`, () => {
      assert.throws(parse(canonicalJson({ ...json, [name]: value })), { code: 'field_malformed' })
    })
  }
  test(`without ${name} it is refused`, () => {
    const less = Object.fromEntries(Object.entries(json).filter(([key]) => key !== name))
    assert.throws(parse(canonicalJson(less)), { code: 'field_missing' })
  })
}

test('an unknown field, and a quote that is far too long, are refused', () => {
  assert.throws(parse(canonicalJson({ ...json, extra: 1 })), { code: 'field_unknown' })
  assert.throws(parse(' '.repeat(1 << 20)), { code: 'field_malformed' })
})
