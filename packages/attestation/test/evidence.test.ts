import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attestationQuoteFromJson, attestationQuoteToJson } from '../src/index.ts'
import { genuine } from './fixtures.ts'

const { evidence, endorsements } = genuine()
const json = attestationQuoteToJson({ evidence, endorsements })

test('the answer of GET /attestation/quote goes out and comes back', () => {
  assert.deepEqual(attestationQuoteFromJson(JSON.parse(JSON.stringify(json))), { evidence, endorsements })
})

const other = Buffer.alloc(32, 1)
const ALTERED: readonly (readonly [string, unknown, string])[] = [
  ['quote', '', 'field_malformed'],
  ['quote', 'AA', 'field_malformed'],
  ['quote', Buffer.alloc(65_537).toString('base64'), 'field_malformed'],
  ['evidence_type', 'Simulator', 'field_malformed'],
  ['evidence_type', '', 'field_malformed'],
  ['evidence_type', 5, 'field_malformed'],
  ['enclave_pubkey', other.toString('base64'), 'enclave_pubkey_mismatch'],
  ['enclave_pubkey', other.toString('hex'), 'field_malformed'],
  ['image_hash', other.toString('hex'), 'image_hash_mismatch'],
  ['image_hash', json.image_hash.toUpperCase(), 'image_hash_mismatch'],
  ['endorsements', {}, 'field_malformed'],
  ['endorsements', [''], 'field_malformed'],
  ['endorsements', [1], 'field_malformed'],
  ['endorsements', Array.from({ length: 33 }, () => 'AA=='), 'field_malformed'],
  ['binding', {}, 'field_missing'],
  ['binding', { ...json.binding, release: 'x' }, 'field_malformed'],
  ['extra', 1, 'field_unknown'],
]

for (const [name, value, code] of ALTERED) {
  test(`${name} as ${JSON.stringify(value).slice(0, 24)} is ${code}`, () => {
    assert.throws(() => attestationQuoteFromJson({ ...json, [name]: value }), { name: 'AttestationError', code })
  })
}

for (const name of Object.keys(json)) {
  test(`without ${name} it is refused`, () => {
    const less = Object.fromEntries(Object.entries(json).filter(([key]) => key !== name))
    assert.throws(() => attestationQuoteFromJson(less), { code: 'field_missing' })
  })
}
