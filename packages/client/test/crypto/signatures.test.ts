import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { test } from 'node:test'
import type { SignatureVerifier } from '@perf-aggregator/protocol'
import { rawKeyPair } from '@perf-aggregator/testkit'
import { signatures as byNode } from '../../src/crypto/signatures.node.ts'
import { signatures as byWeb } from '../../src/crypto/signatures.web.ts'

const IMPLEMENTATIONS: readonly (readonly [string, SignatureVerifier])[] = [
  ['OpenSSL', byNode],
  ['WebCrypto and noble', byWeb],
]
const ALGORITHMS = [
  ['ed25519', 'ed25519'],
  ['mlDsa44', 'ml-dsa-44'],
  ['mlDsa65', 'ml-dsa-65'],
] as const
const message = new TextEncoder().encode('what was signed')

for (const [name, verifier] of IMPLEMENTATIONS) {
  for (const [algorithm, type] of ALGORITHMS) {
    const pair = rawKeyPair(type)
    const signature = new Uint8Array(sign(null, message, pair.privateKey))

    test(`${name}: ${algorithm} accepts a genuine signature`, async () => {
      assert.equal(await verifier[algorithm](pair.publicKey, message, signature), true)
    })

    test(`${name}: ${algorithm} answers false, and does not throw, for anything else`, async () => {
      const wrong: readonly (readonly [string, Uint8Array, Uint8Array, Uint8Array])[] = [
        ['another message', pair.publicKey, message.subarray(1), signature],
        ['another key', rawKeyPair(type).publicKey, message, signature],
        ['a short key', pair.publicKey.subarray(1), message, signature],
        ['a long key', new Uint8Array([...pair.publicKey, 0]), message, signature],
        ['no key', new Uint8Array(), message, signature],
        ['a key that is none', new Uint8Array(pair.publicKey.length).fill(0xff), message, signature],
        ['a short signature', pair.publicKey, message, signature.subarray(1)],
        ['a long signature', pair.publicKey, message, new Uint8Array([...signature, 0])],
        ['no signature', pair.publicKey, message, new Uint8Array()],
        ['zeros', pair.publicKey, message, new Uint8Array(signature.length)],
        ['all ones', pair.publicKey, message, new Uint8Array(signature.length).fill(0xff)],
      ]
      for (const [what, key, text, bytes] of wrong) {
        assert.equal(await verifier[algorithm](key, text, bytes), false, what)
      }
      for (let at = 0; at < signature.length; at += Math.ceil(signature.length / 16)) {
        const flipped = signature.slice()
        flipped[at] = (flipped[at] ?? 0) ^ 0x80
        assert.equal(await verifier[algorithm](pair.publicKey, message, flipped), false, `bit of byte ${at}`)
      }
    })
  }
}

test('the condition "node" selects OpenSSL', async () => {
  const selected = await import('#signatures')
  assert.equal(selected.signatures, byNode)
})
