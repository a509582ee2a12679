import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { formatVkey, openCheckpoint, parseVkey } from '@perf-aggregator/protocol'
import { auditCheckpoint } from '@perf-aggregator/testkit'
import { signCheckpoint } from '../../src/log/sign-checkpoint.ts'
import { keyObjectLogSigner, logTrust, ownSignatures } from '../../src/log/signer.ts'
import { refused } from './refused.ts'

const ed25519 = generateKeyPairSync('ed25519')
const mlDsa44 = generateKeyPairSync('ml-dsa-44')
const privateKeys = { ed25519: ed25519.privateKey, mlDsa44: mlDsa44.privateKey }

test('a checkpoint carries both signatures, and its time in whole seconds', async () => {
  const signer = keyObjectLogSigner('log.example/a', privateKeys)
  const root = new Uint8Array(32).fill(1)
  const { note } = await signCheckpoint({ size: 7, root }, 1_760_000_000_999, signer)
  const trust = {
    origin: 'log.example/a',
    ed25519: signer.ed25519.key.publicKey,
    mlDsa44: signer.mlDsa44.key.publicKey,
  }
  assert.deepEqual(auditCheckpoint(note, trust), { size: 7, root: Buffer.from(root) })
  const quantum = Buffer.from(note.split('\n').at(-2)!.split(' ')[2]!, 'base64')
  assert.equal(quantum.readBigUInt64BE(4), 1_760_000_000n)
  assert.deepEqual(parseVkey(formatVkey(signer.mlDsa44.key)), signer.mlDsa44.key)
})

test('no other key is taken for one of the log', async () => {
  const signer = keyObjectLogSigner('log.example/a', privateKeys)
  const other = keyObjectLogSigner('log.example/a', {
    ...privateKeys,
    mlDsa44: generateKeyPairSync('ml-dsa-44').privateKey,
  })
  const { note } = await signCheckpoint({ size: 1, root: new Uint8Array(32) }, 0, other)
  const opened = openCheckpoint(note, logTrust(signer), ownSignatures(signer))
  await assert.rejects(opened, { code: 'checkpoint_signature_missing' })
  assert.equal(ownSignatures(signer).mlDsa65(new Uint8Array(), new Uint8Array(), new Uint8Array()), false)
})

test('a key of another kind, and an origin no key can carry, are configuration errors', () => {
  const swapped = { ed25519: privateKeys.mlDsa44, mlDsa44: privateKeys.ed25519 }
  assert.throws(() => keyObjectLogSigner('log.example/a', swapped), refused('configuration'))
  const halves = { ...privateKeys, ed25519: ed25519.publicKey }
  assert.throws(() => keyObjectLogSigner('log.example/a', halves), refused('configuration'))
  for (const origin of ['', 'two words', 'a+b']) {
    assert.throws(() => keyObjectLogSigner(origin, privateKeys), refused('configuration'))
  }
})
