import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { ProtocolError } from '../../src/errors.ts'
import { checkpointVerifier } from '../../src/log/checkpoint.ts'
import { formatNote, MAX_NOTE_LENGTH, MAX_NOTE_SIGNATURES, openNote, parseNote } from '../../src/log/note.ts'
import { createNoteKey, formatVkey, parseVkey } from '../../src/log/vkey.ts'
import { generateLogKeys, signatures, signEd25519 } from './keys.ts'
import { refused } from './refused.ts'

const keys = generateLogKeys('log.example/certs')
const others = generateLogKeys('log.example/certs')
const known = checkpointVerifier(keys.ed25519.key, signatures)
const text = 'a text\n\nwith an empty line\n'
const note = formatNote({ text, signatures: [signEd25519(keys, text)] })

/** The example key and note of C2SP signed-note. */
const PUBLISHED = {
  vkey: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
  note: 'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
}

test('the example of the specification opens', async () => {
  const opened = await openNote(PUBLISHED.note, [checkpointVerifier(parseVkey(PUBLISHED.vkey), signatures)])
  assert.equal(opened.text, 'This is an example message.\n')
})

test('a verifier key comes back from its text', () => {
  for (const { key } of [keys.ed25519, keys.mlDsa44]) assert.deepEqual(parseVkey(formatVkey(key)), key)
  // Its base64 holds plus signs, which are not separators.
  const key = createNoteKey('n', 'ed25519', new Uint8Array(32).fill(0xfb))
  assert.match(formatVkey(key), /\+.*\+.*\+/)
  assert.deepEqual(parseVkey(formatVkey(key)), key)
})

test('a verifier key with any character changed is refused, or is the same key', () => {
  const vkey = formatVkey(keys.ed25519.key)
  for (let at = 0; at < vkey.length; at += 1) {
    for (const character of ['A', '0', '+', '=', ' ', '\n', '']) {
      const changed = vkey.slice(0, at) + character + vkey.slice(at + 1)
      if (changed !== vkey) assert.throws(() => parseVkey(changed), refused('vkey_malformed'), changed)
    }
  }
})

for (const vkey of [
  '',
  '+',
  '++',
  'name',
  'name+00000000',
  'name+00000000+',
  'name+00000000+AA==',
  `${formatVkey(keys.ed25519.key)}\n`,
])
  test(`${JSON.stringify(vkey.slice(0, 30))} is no verifier key`, () => {
    assert.throws(() => parseVkey(vkey), refused('vkey_malformed'))
  })

test('a key of a type we do not verify is refused', () => {
  const [name, id] = PUBLISHED.vkey.split('+')
  const bytes = Buffer.from(PUBLISHED.vkey.split('+').slice(2).join('+'), 'base64')
  for (const type of [0, 2, 4, 5, 255]) {
    bytes[0] = type
    assert.throws(() => parseVkey(`${name}+${id}+${bytes.toString('base64')}`), refused('vkey_malformed'))
  }
})

for (const name of ['', ' ', 'a b', 'a+b', 'a\tb', 'a\nb', 'a\u00a0b', 'a\u2003b', 'a\u0085b', 'a\ud800'])
  test(`${JSON.stringify(name)} names no key`, () => {
    assert.throws(() => createNoteKey(name, 'ed25519', new Uint8Array(32)), refused('vkey_malformed'))
  })

test('a note comes back from its text', () => {
  const character = fc.constantFrom('a', ' ', '\n', '—', '\u007f', '🜁')
  const line = fc.record(
    {
      name: fc.string({ unit: fc.constantFrom('a', '.', '/', '—', 'é'), minLength: 1, maxLength: 8 }),
      id: fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', 'f'), minLength: 8, maxLength: 8 }),
      signature: fc.uint8Array({ minLength: 1, maxLength: 80 }),
    },
    { noNullPrototype: true },
  )
  const made = fc.tuple(fc.string({ unit: character }), fc.array(line, { minLength: 1, maxLength: 20 }))
  fc.assert(
    fc.property(made, ([body, signatures]) => {
      const note = { text: `${body}\n`, signatures }
      assert.deepEqual(parseNote(formatNote(note)), note)
    }),
  )
})

test('what cannot be parsed back is not written', () => {
  const [line] = parseNote(note).signatures
  const malformed = refused('note_malformed')
  assert.throws(() => formatNote({ text, signatures: [] }), malformed)
  assert.throws(() => formatNote({ text: 'no newline', signatures: [line!] }), malformed)
  assert.throws(() => formatNote({ text: 'tab\t\n', signatures: [line!] }), malformed)
  assert.throws(() => formatNote({ text, signatures: [{ ...line!, name: 'two words' }] }), malformed)
  assert.throws(() => formatNote({ text, signatures: [{ ...line!, id: '0' }] }), malformed)
  assert.throws(() => formatNote({ text, signatures: [{ ...line!, signature: new Uint8Array(0) }] }), malformed)
})

const [, signatureLine = ''] = /(— .*\n)$/.exec(note) ?? []
for (const [what, malformed] of [
  ['nothing', ''],
  ['a text without signatures', text],
  ['an empty signature block', `${text}\n`],
  ['no final newline', note.slice(0, -1)],
  ['no empty line', `text\n${signatureLine}`],
  ['a control character', note.replace('a text', 'a\u0001text')],
  ['a carriage return', note.replace('a text', 'a text\r')],
  ['a lone surrogate', note.replace('a text', '\ud800')],
  ['a line after the signatures', `${note}more\n`],
  ['an empty line at the end', `${note}\n`],
  ['a hyphen for the dash', note.replace('— ', '- ')],
  ['a name with a space', note.replace('log.example', 'log example')],
  ['a name with a plus', note.replace('log.example', 'log+example')],
  ['a name with a no-break space', note.replace('log.example', 'log\u00a0example')],
  ['no name', `${text}\n— ${signatureLine.split(' ')[2] ?? ''}`],
  ['two spaces', note.replace('certs ', 'certs  ')],
  ['a space at the end', note.replace(/\n$/, ' \n')],
  ['base64 without padding', note.replace(/=+\n$/, '\n')],
  ['base64 of a key id alone', `${text}\n— name AAAAAA==\n`],
  ['base64url', note.replace(/ [^ ]*\n$/, ' AAAAAA_-\n')],
  ['trailing bits', `${text}\n— name AAAAAAB=\n`],
] as const)
  test(`not a note: ${what}`, async () => {
    assert.throws(() => parseNote(malformed), refused('note_malformed'))
    await assert.rejects(openNote(malformed, [known]), refused('note_malformed'))
  })

test('sixteen signatures and more are read; a hundred and one are not', async () => {
  const own = signEd25519(keys, text)
  const many = (count: number) =>
    formatNote({
      text,
      signatures: Array.from({ length: count }, (_, at) => (at === 0 ? own : { ...own, name: `n${at}` })),
    })
  assert.equal((await openNote(many(16), [known])).signedBy.size, 1)
  assert.equal((await openNote(many(MAX_NOTE_SIGNATURES), [known])).signedBy.size, 1)
  await assert.rejects(openNote(many(MAX_NOTE_SIGNATURES + 1), [known]), refused('note_too_large'))
  assert.throws(() => parseNote(`${'a'.repeat(MAX_NOTE_LENGTH)}${note}`), refused('note_too_large'))
})

test('unknown keys are ignored, whatever they share with a known one', async () => {
  const own = signEd25519(keys, text)
  const foreign = signEd25519(others, text)
  const garbage = { ...own, signature: new Uint8Array(64) }
  const signatures_ = [foreign, { ...garbage, name: 'another.example' }, { ...garbage, id: '00000000' }, own]
  const opened = await openNote(formatNote({ text, signatures: signatures_ }), [known])
  assert.deepEqual([...opened.signedBy], [keys.ed25519.key])
  assert.equal(opened.text, text)
})

test('no known key: refused', async () => {
  await assert.rejects(openNote(note, []), refused('note_unverified'))
  await assert.rejects(openNote(note, [checkpointVerifier(others.ed25519.key, signatures)]), refused('note_unverified'))
})

test('one failing signature of a known key condemns the note, even beside one that holds', async () => {
  const own = signEd25519(keys, text)
  const broken = { ...own, signature: own.signature.with(10, own.signature[10]! ^ 1) }
  await assert.rejects(openNote(formatNote({ text, signatures: [own, broken] }), [known]), refused('note_signature'))
  await assert.rejects(openNote(formatNote({ text, signatures: [broken, own] }), [known]), refused('note_signature'))
  const long = { ...own, signature: Uint8Array.of(...own.signature, 0) }
  await assert.rejects(openNote(formatNote({ text, signatures: [long] }), [known]), refused('note_signature'))
})

test('a key that signed twice counts once', async () => {
  const own = signEd25519(keys, text)
  const opened = await openNote(formatNote({ text, signatures: [own, own] }), [known])
  assert.equal(opened.signedBy.size, 1)
})

test('a verifier that cannot check is never taken for a signature', async () => {
  const failing = { key: keys.ed25519.key, verify: () => Promise.reject(new Error('out of order')) }
  await assert.rejects(openNote(note, [failing]), /out of order/)
})

test('no single changed character of a note opens to another text', async () => {
  for (let at = 0; at < note.length; at += 1) {
    for (const character of ['a', '\n', '=', ' ', '']) {
      const changed = note.slice(0, at) + character + note.slice(at + 1)
      if (changed === note) continue
      await assert.rejects(openNote(changed, [known]), ProtocolError)
    }
  }
})
