import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { appraisers, skip, type VerifiedEnclave, verify } from '@perf-aggregator/attestation'
import { simulatorAppraiser } from '@perf-aggregator/attestation/simulator'
import { x25519Key, xWingKey } from '../../../../apps/enclave/src/collector/hpke/private-keys.ts'
import { binding, genuine, mathematics, NOW } from '../../../attestation/test/fixtures.ts'
import { webHpkePrimitives } from '../../../client/src/crypto/hpke.ts'
import {
  type Credentials,
  concat,
  decodeBase64,
  dhkemX25519Recipient,
  openBase,
  SUBMISSION_INFO,
  SUITE_NAMES,
  sealSubmission,
  submissionAad,
  xWingRecipient,
} from '../../src/index.ts'

const own = x25519Key(webHpkePrimitives.randomBytes(32))
const ownXWing = xWingKey(webHpkePrimitives.randomBytes(32))
const recipients = {
  x25519: dhkemX25519Recipient(webHpkePrimitives, own),
  'x-wing': xWingRecipient(webHpkePrimitives, ownXWing),
}
const credentials: Credentials = { exchange: 'kraken', apiKey: 'key', apiSecret: 'secret' }
const submission = { suite: 'x-wing', credentials, label: 'my account', ttl: 3600 } as const

let enclave: VerifiedEnclave
before(async () => {
  const one = genuine({}, { ...binding(), hpkeX25519: own.publicKey, hpkeXWing: ownXWing.publicKey })
  const families = appraisers(simulatorAppraiser({ root: skip('test') }))
  const verdict = await verify(one.evidence, one.endorsements, one.policy, NOW, mathematics, families)
  assert.ok(verdict.accepted && verdict.enclave)
  enclave = verdict.enclave
})

for (const suite of SUITE_NAMES) {
  test(`${suite}: a body as documented, which the holder of the key opens`, async () => {
    const body = await sealSubmission(webHpkePrimitives, enclave, { ...submission, suite })
    assert.deepEqual(Object.keys(body), ['suite', 'ephemeral_pub', 'nonce', 'ciphertext', 'tag', 'metadata'])
    assert.equal(body.suite, suite)
    assert.deepEqual(body.metadata, { exchange: 'kraken', label: 'my account', ttl: 3600 })
    assert.equal(decodeBase64(body.tag).length, 16)
    assert.equal(decodeBase64(body.ephemeral_pub).length, suite === 'x25519' ? 32 : 1120)
    const nonce = decodeBase64(body.nonce)
    assert.equal(nonce.length, 12)
    const plaintext = await openBase(
      webHpkePrimitives,
      recipients[suite],
      webHpkePrimitives.aes256Gcm,
      decodeBase64(body.ephemeral_pub),
      {
        info: SUBMISSION_INFO,
        aad: submissionAad(body.metadata, nonce),
        sealed: concat(decodeBase64(body.ciphertext), decodeBase64(body.tag)),
      },
    )
    assert.deepEqual(JSON.parse(Buffer.from(plaintext).toString()), credentials)
  })
}

test('no two submissions share a nonce or a key', async () => {
  const bodies = [await sealSubmission(webHpkePrimitives, enclave, submission)]
  bodies.push(await sealSubmission(webHpkePrimitives, enclave, submission))
  assert.notEqual(bodies[0]?.nonce, bodies[1]?.nonce)
  assert.notEqual(bodies[0]?.ephemeral_pub, bodies[1]?.ephemeral_pub)
})

test('the AAD is the documented canonical JSON', () => {
  const aad = submissionAad({ ttl: 60, label: 'a', exchange: 'binance' }, new Uint8Array(12))
  const text = '{"metadata":{"exchange":"binance","label":"a","ttl":60},"nonce":"AAAAAAAAAAAAAAAA"}'
  assert.equal(Buffer.from(aad).toString(), text)
})

test('keys that nobody verified are refused, also when they look the same', async () => {
  const unverified = { ...enclave } as VerifiedEnclave
  await assert.rejects(sealSubmission(webHpkePrimitives, unverified, submission), { code: 'enclave_unverified' })
})

const REFUSED: readonly (readonly [
  string,
  Partial<Omit<typeof submission, 'label' | 'ttl'>> & { label?: string; ttl?: number },
])[] = [
  ['an empty label', { label: '' }],
  ['a label that is too long', { label: 'a'.repeat(65) }],
  ['a label with another character', { label: 'a/b' }],
  ['a label with a line end', { label: 'a\n' }],
  ['a ttl that is too short', { ttl: 59 }],
  ['a ttl that is no integer', { ttl: 60.5 }],
  ['a ttl that is no number', { ttl: Number.NaN }],
]

for (const [what, alter] of REFUSED) {
  test(`${what} is refused before anything is sealed`, async () => {
    const untouched = { ...webHpkePrimitives, randomBytes: () => assert.fail('something was sealed') }
    await assert.rejects(sealSubmission(untouched, enclave, { ...submission, ...alter }), {
      code: 'submission_metadata',
    })
  })
}

test('an exchange that is not supported is refused', async () => {
  const other = { ...credentials, exchange: 'mtgox' } as unknown as Credentials
  await assert.rejects(sealSubmission(webHpkePrimitives, enclave, { ...submission, credentials: other }), {
    code: 'submission_metadata',
  })
})
