import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reportData } from '@perf-aggregator/attestation'
import { mathematics } from '../../../../packages/attestation/test/fixtures.ts'
import { EnclaveAttestation } from '../../src/attestation/identity.ts'
import type { Attester, Evidence } from '../../src/ports/attester.ts'
import { random } from '../random.ts'

const identity = {
  signEd25519: random.bytes(32),
  signMlDsa65: random.bytes(1952),
  tlsKeySha256: new Uint8Array(0),
  release: random.bytes(32),
  logOrigin: 'log.example/perf',
}
const keys = () => ({ hpkeX25519: random.bytes(32), hpkeXWing: random.bytes(1216) })
const clock = { now: () => 1_790_000_000_500 }

/** Answers with the report data itself, so that a test sees what was asked for. */
const echo: Attester = {
  type: 'echo',
  attest: async (asked): Promise<Evidence> => ({ type: 'echo', quote: asked, endorsements: [asked.subarray(0, 1)] }),
}

test('evidence commits to the nonce, the keys of now and the release', async () => {
  const service = new EnclaveAttestation({ attester: echo, clock, identity })
  const current = keys()
  service.useKeys(current, 5)
  const nonce = random.bytes(48)
  const { quote, evidenceType, endorsements, binding } = await service.quote(nonce)
  assert.deepEqual(binding, { ...identity, ...current, nonce, keyEpoch: 5, notAfter: 1_790_086_400 })
  assert.deepEqual(new Uint8Array(quote), await reportData(binding, mathematics))
  assert.equal(evidenceType, 'echo')
  assert.equal(endorsements.length, 1)
})

test('a nonce of another size is refused', async () => {
  const service = new EnclaveAttestation({ attester: echo, clock, identity })
  service.useKeys(keys())
  for (const length of [0, 31, 65]) await assert.rejects(service.quote(random.bytes(length)), { code: 'invalid_nonce' })
  for (const length of [32, 64]) await service.quote(random.bytes(length))
})

test('without HPKE keys there is no quote, neither before the collector is up nor while it is down', async () => {
  const service = new EnclaveAttestation({ attester: echo, clock, identity })
  const unavailable = { code: 'collector_unavailable', status: 503, retryAfterSeconds: 1 }
  await assert.rejects(service.quote(random.bytes(32)), unavailable)
  service.useKeys(keys())
  await service.quote(random.bytes(32))
  service.useKeys(null)
  await assert.rejects(service.quote(random.bytes(32)), unavailable)
})

test('keys replaced while the TEE signs: the answer names the new ones', async () => {
  const [old, current] = [keys(), keys()]
  let calls = 0
  const service = new EnclaveAttestation({
    attester: {
      ...echo,
      async attest(asked) {
        if (calls++ === 0) service.useKeys(current)
        return echo.attest(asked)
      },
    },
    clock,
    identity,
  })
  service.useKeys(old)
  const { binding, quote } = await service.quote(random.bytes(32))
  assert.equal(calls, 2)
  assert.deepEqual(binding.hpkeX25519, current.hpkeX25519)
  assert.deepEqual(new Uint8Array(quote), await reportData(binding, mathematics))
})

test('a TEE that does not answer is its own error, and no other family steps in', async () => {
  const attester: Attester = { type: 'broken', attest: async () => Promise.reject(new Error('no device')) }
  const service = new EnclaveAttestation({ attester, clock, identity })
  service.useKeys(keys())
  await assert.rejects(service.quote(random.bytes(32)), { name: 'EnclaveError', code: 'tee_unavailable' })
})
