import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CborTag, type CborValue, readCbor, writeCbor } from '../../src/cbor/index.ts'
import { AttestationError } from '../../src/index.ts'

const malformed = { name: 'AttestationError', code: 'cbor_malformed' }
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

// RFC 8949 appendix A, as far as the subset goes
const VECTORS: readonly (readonly [encoded: string, value: CborValue])[] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['3863', -100],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['c11a514b67b0', new CborTag(1, 1_363_896_240)],
  ['40', new Uint8Array(0)],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['62c3bc', 'ü'],
  ['80', []],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['a0', new Map()],
  [
    'a201020304',
    new Map([
      [1, 2],
      [3, 4],
    ]),
  ],
  [
    'a26161016162820203',
    new Map<string, CborValue>([
      ['a', 1],
      ['b', [2, 3]],
    ]),
  ],
]

for (const [encoded, value] of VECTORS) {
  test(`${encoded} is read and written`, () => {
    assert.deepEqual(readCbor(hex(encoded)), value)
    assert.equal(Buffer.from(writeCbor(value)).toString('hex'), encoded)
  })
}

const REFUSED = {
  'nothing at all': '',
  'bytes after the value': '0000',
  'a head in a longer form': '1817',
  'a head in a much longer form': '1b0000000000000001',
  'a length in a longer form': '58020102',
  'an integer beyond 2^53': '1b0020000000000000',
  'a negative integer beyond 2^53': '3b001fffffffffffff',
  'a head that is cut short': '19ff',
  'a string that is cut short': '43aabb',
  'a length beyond all memory': '5affffffff',
  'an array that is too long': '9affffffff',
  'a map that is too long': 'baffffffff',
  'an array that is cut short': '820001'.slice(0, 4),
  'a tag without its value': 'c1',
  undefined: 'f7',
  'a half float': 'f90000',
  'a simple value in two bytes': 'f8ff',
  'a reserved head': '1c',
  'a string in chunks': '5f41aa41bbff',
  'a text in chunks': '7f6161ff',
  'an indefinite array': '9f01ff',
  'an indefinite map': 'bf6161f5ff',
  'a break on its own': 'ff',
  'a key that stands twice': 'a2616101616102',
  'a key that is a byte string': 'a1416101',
  'a key that is a list': 'a18001',
  'text that is not UTF-8': '61ff',
  'nesting without end': '81'.repeat(5000) + '00',
}

for (const [what, encoded] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, () => assert.throws(() => readCbor(hex(encoded)), malformed))
}

test('a map of indefinite length is read where it may stand', () => {
  assert.deepEqual(
    readCbor(hex('bf6161f56162f6ff'), { indefiniteMaps: true }),
    new Map([
      ['a', true],
      ['b', null],
    ]),
  )
  for (const wrong of ['bf6161f5', 'bf6161ff', 'bf616101616102ff', '9fff', '5fff', 'bf6161f5ff00']) {
    assert.throws(() => readCbor(hex(wrong), { indefiniteMaps: true }), malformed, wrong)
  }
})

test('no more bytes are read than allowed', () => {
  assert.throws(() => readCbor(hex('4401020304'), { most: 4 }), malformed)
})

test('a number that is no integer is not written', () => {
  for (const number of [0.5, Number.NaN, 2 ** 53]) assert.throws(() => writeCbor(number), malformed)
})

const { value: anyValue } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }).map((entries) => new Map(Object.entries(entries))),
    fc.tuple(fc.nat(), tie('value')).map(([tag, value]) => new CborTag(tag, value)),
  ),
}))

test('what is written is read back, and nothing shorter or longer', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const encoded = writeCbor(value)
      assert.deepEqual(readCbor(encoded), value)
      assert.deepEqual(writeCbor(readCbor(encoded)), encoded)
      assert.throws(() => readCbor(encoded.subarray(0, -1)), malformed)
      assert.throws(() => readCbor(Uint8Array.of(...encoded, 0)), malformed)
    }),
  )
})

test('any bytes are read or refused, and what is read has one encoding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      let value: CborValue
      try {
        value = readCbor(bytes)
      } catch (error) {
        assert.ok(error instanceof AttestationError && error.code === 'cbor_malformed')
        return
      }
      assert.deepEqual(writeCbor(value), bytes)
    }),
    { numRuns: 5000 },
  )
})
