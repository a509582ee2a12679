import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nitroEnclave } from '../../../testkit/src/vendor-pki/index.ts'
import { AttestationError } from '../../src/index.ts'
import { readNitroDocument } from '../../src/nitro/document.ts'
import { NOW } from '../fixtures.ts'

const { document: genuine } = nitroEnclave({ now: NOW, userData: new Uint8Array(64).fill(7), nonce: new Uint8Array(0) })

function read(bytes: Uint8Array): ReturnType<typeof readNitroDocument> | null {
  try {
    return readNitroDocument(bytes)
  } catch (error) {
    assert.ok(error instanceof AttestationError, String(error))
    assert.match(error.code, /^(?:cbor|structure)_malformed$/)
    return null
  }
}

test('a document is read to its last field; what is null or empty is nothing', () => {
  const document = read(genuine)
  assert.ok(document)
  assert.equal(document.instanceId, 'i-0123456789abcdef0')
  assert.equal(document.timestamp, NOW * 1000 - 500)
  assert.equal(document.chain.length, 5)
  assert.deepEqual([...document.registers.keys()].slice(0, 3), ['PCR0', 'PCR1', 'PCR2'])
  assert.equal(document.publicKey, null)
  assert.equal(document.nonce, null)
  assert.deepEqual(document.userData, new Uint8Array(64).fill(7))
})

test('no document that is cut short is one', () => {
  for (let length = 0; length < genuine.length; length++) assert.equal(read(genuine.subarray(0, length)), null)
})

test('whatever bytes arrive, what is wrong with them has a code', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => read(bytes) === null))
  const position = fc.nat({ max: genuine.length - 1 })
  fc.assert(
    fc.property(fc.array(fc.tuple(position, fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }), (edits) => {
      const bytes = genuine.slice()
      for (const [at, value] of edits) bytes[at] = value
      read(bytes)
    }),
    { numRuns: 2000 },
  )
})
