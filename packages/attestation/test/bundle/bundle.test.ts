import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/index.ts'
import { type EvidenceBundle, endorsement, formatBundle, parseBundle } from '../../src/index.ts'
import { binding, bytes, NOW } from '../fixtures.ts'

const bundle: EvidenceBundle = {
  evidence: { type: 'tdx', quote: bytes(100), binding: null },
  endorsements: [endorsement('tcb-info', encodeUtf8('{}')), endorsement('root-ca-crl', bytes(10))],
  collectedAt: NOW,
}

function altered(alter: (json: Record<string, unknown>) => unknown): Uint8Array {
  const json = JSON.parse(decodeUtf8(formatBundle(bundle))) as Record<string, unknown>
  return encodeUtf8(JSON.stringify(alter(json)))
}

test('a bundle comes back as it went, with a binding and without', () => {
  assert.deepEqual(parseBundle(formatBundle(bundle)), bundle)
  const bound = { ...bundle, evidence: { ...bundle.evidence, binding: binding() } }
  assert.deepEqual(parseBundle(formatBundle(bound)), bound)
})

function without(json: Record<string, unknown>, name: string): unknown {
  return Object.fromEntries(Object.entries(json).filter(([key]) => key !== name))
}

const REFUSED: Readonly<Record<string, readonly [alter: (json: Record<string, unknown>) => unknown, code: string]>> = {
  'another media type': [(json) => ({ ...json, mediaType: 'application/json' }), 'field_malformed'],
  'a field too many': [(json) => ({ ...json, roots: [] }), 'field_unknown'],
  'a field too few': [(json) => without(json, 'collected_at'), 'field_missing'],
  'no binding, unsaid': [(json) => without(json, 'binding'), 'field_missing'],
  'a type that is no name': [(json) => ({ ...json, type: 'TDX' }), 'field_malformed'],
  'an empty quote': [(json) => ({ ...json, quote: '' }), 'field_malformed'],
  'a quote in the other alphabet': [(json) => ({ ...json, quote: '_-_-' }), 'field_malformed'],
  'a label nobody knows': [(json) => ({ ...json, endorsements: [{ label: 'root', data: 'AAAA' }] }), 'field_malformed'],
  'a label of Object': [
    (json) => ({ ...json, endorsements: [{ label: 'toString', data: 'AAAA' }] }),
    'field_malformed',
  ],
  'too many endorsements': [
    (json) => ({ ...json, endorsements: Array.from({ length: 33 }, () => ({ label: 'crl', data: 'AAAA' })) }),
    'field_malformed',
  ],
  'a time that is none': [(json) => ({ ...json, collected_at: -1 }), 'field_malformed'],
  'no object': [() => [], 'field_malformed'],
}

for (const [what, [alter, code]] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, () => assert.throws(() => parseBundle(altered(alter)), { name: 'AttestationError', code }))
}

test('refused: a field that stands twice, and no JSON', () => {
  const text = decodeUtf8(formatBundle(bundle))
  const twice = text.replace('"type": "tdx"', '"type": "tdx", "type": "snp"')
  assert.notEqual(twice, text)
  assert.throws(() => parseBundle(encodeUtf8(twice)), { code: 'json_malformed' })
  assert.throws(() => parseBundle(encodeUtf8(text.slice(1))), { code: 'json_malformed' })
})

test('a simulator, whose root has no label, is not bundled', () => {
  assert.throws(() => formatBundle({ ...bundle, endorsements: [new Uint8Array(32)] }), { code: 'bundle_malformed' })
})
