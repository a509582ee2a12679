import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { nsmExchange } from '../../../../src/tee/nitro/device.ts'
import { openEnvelope } from '../../../../src/tee/nitro/kms/cms.ts'
import { KmsRootOfTrust } from '../../../../src/tee/nitro/kms/kms-root-of-trust.ts'
import { Nsm } from '../../../../src/tee/nitro/nsm.ts'
import { random } from '../../../random.ts'
import { fakeIoctl } from '../../fake-kernel.ts'
import { fakeNsm } from '../fake-nsm.ts'
import { type EnvelopeOptions, envelope, type FakeKms, type FakeKmsOptions, fakeKms, KEY_ARN } from './fake-kms.ts'

const REFUSED = { name: 'EnclaveError', code: 'root_of_trust' }
const SECRET = Buffer.from('a master key of exactly 32 bytes')

const nsm = new Nsm(nsmExchange(3, fakeIoctl(fakeNsm({ now: 1_790_000_000 }).device)))
const attest = (publicKey: Uint8Array): Uint8Array => nsm.attest(null, publicKey)

function root({ transport }: FakeKms, keyArn = KEY_ARN): KmsRootOfTrust {
  return new KmsRootOfTrust({ keyArn, transport, attest, random })
}

test('what is sealed comes back, and KMS never sees it', async () => {
  for (const indefinite of [false, true]) {
    const kms = fakeKms({ indefinite })
    const blob = await root(kms).seal(SECRET)
    assert.equal(Buffer.from(blob).includes(SECRET), false)
    assert.deepEqual(Buffer.from(await root(kms).unseal(blob)), SECRET)
    assert.equal(JSON.stringify(kms.requests).includes(SECRET.toString('base64')), false)
    assert.deepEqual(
      kms.requests.map(({ operation, request }) => [operation, request['KeyId'], request['EncryptionContext']]),
      ['GenerateDataKey', 'Decrypt'].map((operation) => [
        operation,
        KEY_ARN,
        { service: 'perf-aggregator', purpose: 'master-key' },
      ]),
    )
  }
})

test('every altered byte of a blob, every shorter one and a longer one are refused', async () => {
  const keys: { key: Buffer; bound: string }[] = []
  const blob = await root(fakeKms({}, keys)).seal(SECRET)
  const places = [0, 27, 28, 29, 30, 33, 34, 45, 46, blob.length - 17, blob.length - 16, blob.length - 1]
  for (const place of places) {
    const altered = blob.slice()
    altered[place] = (altered[place] ?? 0) ^ 1
    await assert.rejects(root(fakeKms({}, keys)).unseal(altered), (error: Error) =>
      // A wrapped key KMS does not know, KMS refuses itself.
      place >= 30 && place < 34 ? /FAKE KMS/.test(error.message) : 'code' in error && error.code === 'root_of_trust',
    )
  }
  for (const length of [0, 20, 29, 30, 34, 61]) {
    await assert.rejects(root(fakeKms({}, keys)).unseal(blob.subarray(0, length)), REFUSED)
  }
})

const ALTERED: readonly [string, NonNullable<FakeKmsOptions['alter']>, RegExp][] = [
  ['another key', (answer) => ({ ...answer, KeyId: `${KEY_ARN}0` }), /another key/],
  ['a key in clear', (answer) => ({ ...answer, Plaintext: 'AAAA' }), /in clear/],
  ['no envelope', (answer) => ({ ...answer, CiphertextForRecipient: undefined }), /no answer/],
  ['base64 of another form', (answer) => ({ ...answer, CiphertextForRecipient: 'AA' }), /no answer/],
  ['no object', () => null, /another key/],
  [
    'a shorter key',
    (answer, key) => ({ ...answer, CiphertextForRecipient: envelope(SECRET.subarray(1), key).toString('base64') }),
    /no 256-bit/,
  ],
  [
    'a key of zeros',
    (answer, key) => ({ ...answer, CiphertextForRecipient: envelope(Buffer.alloc(32), key).toString('base64') }),
    /no 256-bit/,
  ],
]

for (const [what, alter, message] of ALTERED) {
  test(`KMS answers with ${what}: refused, sealing and unsealing`, async () => {
    const keys: { key: Buffer; bound: string }[] = []
    const blob = await root(fakeKms({}, keys)).seal(SECRET)
    await assert.rejects(root(fakeKms({ alter })).seal(SECRET), { ...REFUSED, message })
    await assert.rejects(root(fakeKms({ alter }, keys)).unseal(blob), { ...REFUSED, message })
  })
}

test('a host that answers Decrypt with a data key of its own choice, or an answer to an earlier call, is refused', async () => {
  const keys: { key: Buffer; bound: string }[] = []
  const blob = await root(fakeKms({}, keys)).seal(SECRET)
  const forge: FakeKmsOptions['alter'] = (answer, key) => ({
    ...answer,
    CiphertextForRecipient: envelope(SECRET, key).toString('base64'),
  })
  const forged = root(fakeKms({ alter: forge }, keys)).unseal(blob)
  await assert.rejects(forged, { ...REFUSED, message: /another key, or altered/ })
  let earlier: unknown
  const replay = fakeKms({ alter: (answer) => (earlier ??= answer) }, keys)
  await root(replay).unseal(blob)
  await assert.rejects(root(replay).unseal(blob), { ...REFUSED, message: /not made for this request/ })
})

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const spki = publicKey.export({ type: 'spki', format: 'der' })

for (const options of [
  ...['enveloped', 'data', 'oaep', 'mgf1', 'hash', 'maskHash', 'cipher'].map((name) => ({ oids: { [name]: '2a03' } })),
  { version: 0 },
  { iv: 15 },
] satisfies EnvelopeOptions[]) {
  test(`an envelope with another ${JSON.stringify(options)} is refused`, () => {
    const message = /no envelope/
    assert.throws(() => openEnvelope(envelope(SECRET, spki, options), privateKey), { ...REFUSED, message })
  })
}

test('an envelope that is altered, cut or lengthened anywhere opens to nothing but a typed refusal', () => {
  for (const indefinite of [false, true]) {
    const whole = envelope(SECRET, spki, { indefinite })
    assert.deepEqual(openEnvelope(whole, privateKey), SECRET)
    const refuse = (bytes: Uint8Array): void => assert.throws(() => openEnvelope(bytes, privateKey), REFUSED)
    for (let length = 0; length < whole.length; length++) refuse(whole.subarray(0, length))
    refuse(Buffer.concat([whole, Buffer.from([0])]))
    for (let at = 0; at < whole.length; at++) {
      const altered = Buffer.from(whole)
      altered[at] = (altered[at] ?? 0) ^ (1 << (at & 7))
      try {
        // The identifier of the recipient, the IV and the ciphertext are not authenticated by CMS.
        openEnvelope(altered, privateKey)
      } catch (error) {
        assert.ok(error instanceof Error && 'code' in error && error.code === 'root_of_trust')
      }
    }
  }
})
