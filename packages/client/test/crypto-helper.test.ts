import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { attestationQuoteToJson, type Binding, type VerifiedEnclave } from '@perf-aggregator/attestation'
import { decodeBase64, encodeHex, SUITES } from '@perf-aggregator/protocol'
import { certificateMaker } from '@perf-aggregator/testkit'
import { x25519Key, xWingKey } from '../../../apps/enclave/src/collector/hpke/private-keys.ts'
import { AttestationRefusal, CryptoHelper, type HelperExpectation } from '../src/index.ts'

const maker = certificateMaker()
const nonce = new Uint8Array(randomBytes(32))
const binding: Binding = {
  ...maker.binding,
  nonce,
  hpkeX25519: x25519Key(randomBytes(32)).publicKey,
  hpkeXWing: xWingKey(randomBytes(32)).publicKey,
}
const quote = attestationQuoteToJson(maker.attest(binding))
const expectation: HelperExpectation = {
  nonce,
  expectedImageHash: encodeHex(binding.release),
  allowSimulator: true,
  now: maker.issuedAt,
}
const credentials = { exchange: 'binance', apiKey: 'k', apiSecret: 's' } as const
const metadata = { label: 'main', ttl: 3600 }

test('a verified quote gives an enclave that can be sealed to, with either suite', async () => {
  const enclave = await CryptoHelper.verifyAttestation(quote, expectation)
  const hybrid = await CryptoHelper.encryptCredentials(credentials, enclave, metadata)
  assert.equal(hybrid.suite, 'x-wing')
  assert.equal(decodeBase64(hybrid.ephemeral_pub).length, SUITES['x-wing'].encapsulatedLength)
  assert.deepEqual(hybrid.metadata, { exchange: 'binance', ...metadata })
  const classic = await CryptoHelper.encryptCredentials(credentials, enclave, metadata, { suite: 'x25519' })
  assert.equal(decodeBase64(classic.ephemeral_pub).length, 32)
})

test('one of several releases, or any with a reason, is accepted', async () => {
  const several = ['00'.repeat(32), encodeHex(binding.release)]
  await CryptoHelper.verifyAttestation(quote, { ...expectation, expectedImageHash: several })
  await CryptoHelper.verifyAttestation(quote, { ...expectation, expectedImageHash: { skip: 'trying it out' } })
})

const REFUSED: readonly (readonly [
  what: string,
  quote: unknown,
  change: Partial<HelperExpectation>,
  failure: string,
])[] = [
  ['a simulator unasked for', quote, { allowSimulator: false }, 'evidence_type_unknown'],
  ['another release', quote, { expectedImageHash: '00'.repeat(32) }, 'measurement_unknown'],
  ['another nonce', quote, { nonce: new Uint8Array(32) }, 'nonce_mismatch'],
  ['another development root', quote, { simulatorRoot: new Uint8Array(32) }, 'root_untrusted'],
  ['retired keys', quote, { now: binding.notAfter }, 'keys_expired'],
  ['a swapped convenience key', { ...quote, enclave_pubkey: 'A'.repeat(43) + '=' }, {}, 'enclave_pubkey_mismatch'],
  ['a swapped image hash', { ...quote, image_hash: '00'.repeat(32) }, {}, 'image_hash_mismatch'],
  ['a field more', { ...quote, trust: 'me' }, {}, 'field_unknown'],
  ['no object', null, {}, 'field_malformed'],
]

for (const [what, answer, change, failure] of REFUSED) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(CryptoHelper.verifyAttestation(answer, { ...expectation, ...change }), (error) => {
      assert.ok(error instanceof AttestationRefusal)
      assert.deepEqual(error.failures, [failure])
      return true
    })
  })
}

test('a measurement that is no digest is the caller’s mistake', async () => {
  for (const expectedImageHash of ['mock-hash', { skip: ' ' }]) {
    const verifying = CryptoHelper.verifyAttestation(quote, { ...expectation, expectedImageHash })
    await assert.rejects(verifying, { code: 'invalid_options' })
  }
})

test('leave that is not exactly true is no leave', async () => {
  for (const allowSimulator of ['true', 1, {}]) {
    const change = { allowSimulator: allowSimulator as boolean }
    const verifying = CryptoHelper.verifyAttestation(quote, { ...expectation, ...change })
    await assert.rejects(verifying, { code: 'invalid_options' })
  }
})

test('an enclave nobody verified is not sealed to, nor a copy of a verified one', async () => {
  const enclave = await CryptoHelper.verifyAttestation(quote, expectation)
  for (const impostor of [{ ...enclave }, { binding }, null, quote.enclave_pubkey]) {
    const sealing = CryptoHelper.encryptCredentials(credentials, impostor as unknown as VerifiedEnclave, metadata)
    await assert.rejects(sealing, { code: 'enclave_unverified' })
  }
})

test('what the enclave would refuse is refused before it is sealed', async () => {
  const enclave = await CryptoHelper.verifyAttestation(quote, expectation)
  for (const [wrong, where] of [
    [{ ...credentials, apiSecret: '' }, metadata],
    [{ ...credentials, exchange: 'mtgox' as 'kraken' }, metadata],
    [credentials, { ...metadata, ttl: 1 }],
    [credentials, { ...metadata, label: '' }],
  ] as const) {
    await assert.rejects(CryptoHelper.encryptCredentials(wrong, enclave, where), { code: 'invalid_options' })
  }
})
