import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  formatTreeHead,
  mlDsa44CheckpointMessage,
  openCheckpoint,
  parseTreeHead,
  type TreeHead,
} from '../../src/log/checkpoint.ts'
import { certificateLeaf, parseCertificateLeaf } from '../../src/log/leaf.ts'
import { hashLeaf, hashNode } from '../../src/log/merkle.ts'
import { formatNote, type NoteSignature } from '../../src/log/note.ts'
import { formatTlogProof, parseTlogProof, verifyTlogProof } from '../../src/log/tlog-proof.ts'
import { generateLogKeys, signatures, signCheckpoint, signEd25519, signMlDsa44 } from './keys.ts'
import { refused } from './refused.ts'

const origin = 'log.example/certs'
const keys = generateLogKeys(origin)
const trust = { origin, keys: [keys.ed25519.key, keys.mlDsa44.key] }
const entry = certificateLeaf(new Uint8Array(32).fill(7))
const sibling = hashLeaf(Buffer.from('another'))
const head: TreeHead = { origin, size: 2, root: hashNode(sibling, hashLeaf(entry)), extensions: [] }
const checkpoint = signCheckpoint(keys, head)

test('the body of a checkpoint comes back from its text', () => {
  const heads = fc.record(
    {
      origin: fc.string({ unit: fc.constantFrom('a', '/', ' ', 'é'), minLength: 1 }),
      size: fc.maxSafeNat(),
      root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      extensions: fc.array(fc.string({ unit: fc.constantFrom('a', ' '), minLength: 1 }), { maxLength: 3 }),
    },
    { noNullPrototype: true },
  )
  fc.assert(fc.property(heads, (head) => assert.deepEqual(parseTreeHead(formatTreeHead(head)), head)))
})

const root = Buffer.alloc(32).toString('base64')
for (const body of [
  '',
  '\n',
  'Log\n',
  'Log\n1\n',
  `Log\n1\n${root}`,
  `\n1\n${root}\n`,
  `Log\n\n${root}\n`,
  `Log\n01\n${root}\n`,
  `Log\n-1\n${root}\n`,
  `Log\n+1\n${root}\n`,
  `Log\n1.0\n${root}\n`,
  `Log\n1e3\n${root}\n`,
  `Log\n 1\n${root}\n`,
  `Log\n0x1\n${root}\n`,
  `Log\n9007199254740992\n${root}\n`,
  `Log\n1\n${root.slice(0, -1)}\n`,
  `Log\n1\nAAAA\n`,
  `Log\n1\n${root}\n\n`,
  `Log\n1\n${root}\n\nextension\n`,
  `Log\n1\n${root}\nextension`,
])
  test(`not a checkpoint body: ${JSON.stringify(body)}`, () => {
    assert.throws(() => parseTreeHead(body), refused('checkpoint_malformed'))
  })

test('what cannot be parsed back is not written', () => {
  const malformed = refused('checkpoint_malformed')
  assert.throws(() => formatTreeHead({ ...head, origin: '' }), malformed)
  assert.throws(() => formatTreeHead({ ...head, origin: 'two\nlines' }), malformed)
  assert.throws(() => formatTreeHead({ ...head, size: -1 }), malformed)
  assert.throws(() => formatTreeHead({ ...head, root: new Uint8Array(31) }), malformed)
  assert.throws(() => formatTreeHead({ ...head, extensions: [''] }), malformed)
})

test('the message of an ML-DSA-44 signature, byte by byte', () => {
  const message = mlDsa44CheckpointMessage('key', 0x0102, { ...head, origin: 'log', size: 0x0304 })
  const expected = [
    Buffer.from('subtree/v1\n\0'),
    Buffer.from('\x03key'),
    Buffer.from('0000000000000102', 'hex'),
    Buffer.from('\x03log'),
    Buffer.from('0000000000000000', 'hex'),
    Buffer.from('0000000000000304', 'hex'),
    head.root,
  ]
  assert.deepEqual(Buffer.from(message), Buffer.concat(expected))
  const malformed = refused('checkpoint_malformed')
  assert.throws(() => mlDsa44CheckpointMessage('', 1, head), malformed)
  assert.throws(() => mlDsa44CheckpointMessage('k', 1, { ...head, origin: 'o'.repeat(256) }), malformed)
})

test('a checkpoint both keys signed opens', async () => {
  const opened = await openCheckpoint(checkpoint, trust, signatures)
  assert.deepEqual([opened.origin, opened.size, opened.root, opened.note], [origin, 2, head.root, checkpoint])
})

test('each demanded signature is missed on its own', async () => {
  const text = formatTreeHead(head)
  for (const signature of [signEd25519(keys, text), signMlDsa44(keys, head, 1)]) {
    const note = formatNote({ text, signatures: [signature] })
    await assert.rejects(openCheckpoint(note, trust, signatures), refused('checkpoint_signature_missing'))
  }
})

test('a checkpoint of another log is refused, though the keys are the right ones', async () => {
  const note = signCheckpoint(keys, { ...head, origin: 'log.example/others' })
  await assert.rejects(openCheckpoint(note, trust, signatures), refused('checkpoint_origin'))
})

test('a signed text that is no checkpoint is refused', async () => {
  const text = 'hello\n'
  const note = formatNote({ text, signatures: [signEd25519(keys, text)] })
  const onlyEd25519 = { origin, keys: [keys.ed25519.key] }
  await assert.rejects(openCheckpoint(note, onlyEd25519, signatures), refused('checkpoint_malformed'))
})

test('an ML-DSA-44 signature counts for its own head, name, time and length only', async () => {
  const text = formatTreeHead(head)
  const classic = signEd25519(keys, text)
  const quantum = signMlDsa44(keys, head, 5)
  const altered: NoteSignature['signature'][] = [
    signMlDsa44(keys, { ...head, size: 3 }, 5).signature,
    signMlDsa44(keys, { ...head, root: sibling }, 5).signature,
    signMlDsa44(keys, { ...head, origin: 'log.example/others' }, 5).signature,
    quantum.signature.with(7, 6),
    quantum.signature.with(0, 255),
    quantum.signature.subarray(0, -1),
    quantum.signature.with(100, quantum.signature[100]! ^ 1),
  ]
  await openCheckpoint(formatNote({ text, signatures: [classic, quantum] }), trust, signatures)
  for (const signature of altered) {
    const note = formatNote({ text, signatures: [classic, { ...quantum, signature }] })
    await assert.rejects(openCheckpoint(note, trust, signatures), refused('note_signature'))
  }
})

test('an extension line slipped under the ML-DSA-44 signature is caught by the other', async () => {
  const text = formatTreeHead({ ...head, extensions: ['extension'] })
  const note = formatNote({ text, signatures: [signEd25519(keys, formatTreeHead(head)), signMlDsa44(keys, head, 5)] })
  await assert.rejects(openCheckpoint(note, trust, signatures), refused('note_signature'))
})

const proof = { index: 1, hashes: [sibling], checkpoint }

test('a tlog-proof comes back from its text and proves its entry', async () => {
  for (const extra of [undefined, new Uint8Array(0), Uint8Array.of(1, 2)]) {
    const made = extra === undefined ? proof : { ...proof, extra }
    assert.deepEqual(parseTlogProof(formatTlogProof(made)), made)
    const proved = await verifyTlogProof(formatTlogProof(made), entry, trust, signatures)
    assert.deepEqual([proved.index, proved.checkpoint.size], [1, 2])
  }
})

test('a tlog-proof with one thing changed fails for that reason', async () => {
  const changed = (changes: Partial<typeof proof>) =>
    verifyTlogProof(formatTlogProof({ ...proof, ...changes }), entry, trust, signatures)
  await assert.rejects(changed({ index: 0 }), refused('inclusion_mismatch'))
  await assert.rejects(changed({ index: 2 }), refused('inclusion_index'))
  await assert.rejects(changed({ hashes: [] }), refused('inclusion_length'))
  await assert.rejects(changed({ hashes: [hashLeaf(entry)] }), refused('inclusion_mismatch'))
  await assert.rejects(changed({ checkpoint: checkpoint.replace('\n2\n', '\n3\n') }), refused('note_signature'))
  const other = certificateLeaf(new Uint8Array(32).fill(8))
  await assert.rejects(verifyTlogProof(formatTlogProof(proof), other, trust, signatures), refused('inclusion_mismatch'))
})

const text = formatTlogProof(proof)
for (const [what, malformed] of [
  ['nothing', ''],
  ['another header', text.replace('@v1', '@v2')],
  ['no empty line', text.replace('\n\n', '\n')],
  ['no index', text.replace('index 1\n', '')],
  ['a negative index', text.replace('index 1', 'index -1')],
  ['a leading zero', text.replace('index 1', 'index 01')],
  ['an index beyond 2^53', text.replace('index 1', 'index 9007199254740992')],
  ['a word for an index', text.replace('index 1', 'index one')],
  ['a carriage return', text.replace('index 1\n', 'index 1\r\n')],
  ['an extra line that is not base64', text.replace('index 1', 'extra !\nindex 1')],
  ['two extra lines', text.replace('index 1', 'extra AA==\nextra AA==\nindex 1')],
  ['an extra line after the index', text.replace('index 1', 'index 1\nextra AA==')],
  ['a hash that is not base64', text.replace('index 1\n', 'index 1\n!\n')],
  ['a short hash', text.replace('index 1\n', 'index 1\nAAAA\n')],
  ['too many hashes', text.replace('index 1\n', `index 1\n${`${root}\n`.repeat(63)}`)],
] as const)
  test(`not a tlog-proof: ${what}`, () => {
    assert.throws(() => parseTlogProof(malformed), refused('tlog_proof_malformed'))
  })

test('the leaf of a certificate is its digest, and nothing else is such a leaf', () => {
  const digest = new Uint8Array(32).fill(7)
  assert.equal(Buffer.from(entry).toString(), `perf-cert/v1\n${Buffer.from(digest).toString('base64')}\n`)
  assert.deepEqual(parseCertificateLeaf(entry), digest)
  for (let at = 0; at < entry.length; at += 1) {
    for (const byte of [0, 0x0a, 0x41, 0x3d, 0xff]) {
      const changed = entry.with(at, byte)
      if (changed[at] === entry[at]) continue
      try {
        assert.notDeepEqual(parseCertificateLeaf(changed), digest)
      } catch (error) {
        if ((error as Error).name === 'AssertionError') throw error
        refused('leaf_malformed')(error)
      }
    }
  }
  for (const leaf of ['', 'perf-cert/v1\n', 'perf-cert/v1\nAAAA\n', `${Buffer.from(entry).toString()}\n`])
    assert.throws(() => parseCertificateLeaf(Buffer.from(leaf)), refused('leaf_malformed'))
  assert.throws(() => certificateLeaf(new Uint8Array(31)), refused('leaf_malformed'))
})
