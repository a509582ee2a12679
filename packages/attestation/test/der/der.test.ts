import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { der, derValue } from '../../../testkit/src/vendor-pki/index.ts'
import {
  boolean,
  integerBytes,
  namedBits,
  octets,
  oid,
  readDer,
  smallInteger,
  time,
  unsigned,
} from '../../src/der/index.ts'
import { AttestationError } from '../../src/index.ts'

const malformed = { name: 'AttestationError', code: 'der_malformed' }
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

const REFUSED = {
  'nothing at all': '',
  'a tag alone': '30',
  'bytes after the value': '02010000',
  'a length beyond the end': '020201',
  'a value that leaves its sequence': '3003020200',
  'an indefinite length': '30800000',
  'a length in a longer form': '02810100',
  'a length with a zero before it': '0282000100',
  'a length of four bytes': '30840000000100',
  'a tag of several bytes': '1f810000',
  'a constructed octet string': '2403040100',
  'a primitive sequence': '1000',
  'an end of contents': '0000',
  'a set out of order': '3106020102020101',
}

for (const [what, text] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, () => {
    const bytes = hex(text)
    assert.throws(() => readDer(bytes), malformed)
  })
}

test('refused: nesting without end', () => {
  let bytes = der.null()
  for (let depth = 0; depth < 3000; depth++) bytes = der.sequence(bytes)
  assert.throws(() => readDer(bytes), malformed)
})

test('no more bytes are read than allowed', () => {
  assert.throws(() => readDer(der.octets(new Uint8Array(100)), 101), malformed)
  assert.equal(octets(readDer(der.octets(new Uint8Array(100)), 102)).length, 100)
})

test('a SET OF may hold equals, in order', () => {
  assert.equal(readDer(hex('3109020101020101020102')).children.length, 3)
})

const INTEGERS = [
  ['020100', 0],
  ['02017f', 127],
  ['02020080', 128],
  ['02047fffffff', 0x7fff_ffff],
] as const

test('integers', () => {
  for (const [encoded, value] of INTEGERS) assert.equal(smallInteger(readDer(hex(encoded))), value)
  for (const wrong of ['0200', '02020001', '0202ff80', '02050080000000', '0201ff', '030100', '0206010000000000']) {
    assert.throws(() => smallInteger(readDer(hex(wrong))), malformed, wrong)
  }
  assert.throws(() => smallInteger(readDer(hex('020106')), 5), malformed)
  assert.throws(() => smallInteger(undefined), malformed)
  assert.deepEqual(integerBytes(readDer(hex('0201ff'))), Uint8Array.of(0xff), 'negative serials occur')
  assert.deepEqual(unsigned(readDer(hex('02020080')), 4), Uint8Array.of(0, 0, 0, 0x80))
  assert.throws(() => unsigned(readDer(hex('0201ff')), 4), malformed)
  assert.throws(() => unsigned(readDer(hex('02020100')), 1), malformed)
})

test('booleans and named bits', () => {
  assert.equal(boolean(readDer(hex('0101ff'))), true)
  assert.equal(boolean(readDer(hex('010100'))), false)
  for (const wrong of ['010101', '0100', '0102ffff'])
    assert.throws(() => boolean(readDer(hex(wrong))), malformed, wrong)
  assert.deepEqual([...namedBits(readDer(hex('03020106')))], [5, 6])
  assert.deepEqual([...namedBits(readDer(hex('03020104')))], [5], 'with the zero bit AMD writes')
  assert.deepEqual([...namedBits(readDer(hex('0303070080')))], [8])
  assert.deepEqual([...namedBits(readDer(hex('030100')))], [])
  for (const wrong of ['0300', '030108', '03020206', '030101', '030500ffffffff', '03020800']) {
    assert.throws(() => namedBits(readDer(hex(wrong))), malformed, wrong)
  }
})

test('object identifiers', () => {
  for (const dotted of ['1.2.840.113549.1.1.10', '2.5.29.19', '0.9.2342', '2.999.3', '1.3.6.1.4.1.3704.1.3.1']) {
    const [first, second, ...rest] = dotted.split('.').map(Number)
    const encoded = dotted === '2.999.3' ? hex('0603883703') : der.oid([first, second, ...rest].join('.'))
    assert.equal(oid(readDer(encoded)), dotted)
  }
  for (const wrong of ['0600', '060180', '06032a8001', '06022a86', '060a2affffffffffffffff7f']) {
    assert.throws(() => oid(readDer(hex(wrong))), malformed, wrong)
  }
})

const clock = (tag: number, text: string): Uint8Array => derValue(tag, Buffer.from(text, 'latin1'))

test('times', () => {
  for (const date of [
    '1950-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
    '2000-02-29T23:59:59Z',
    '2049-12-31T23:59:59Z',
    '2050-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
  ]) {
    const seconds = Date.parse(date) / 1000
    assert.equal(time(readDer(der.time(seconds))), seconds, date)
  }
  const wrong = [
    clock(0x17, '250230000000Z'),
    clock(0x17, '250101240000Z'),
    clock(0x17, '250101006000Z'),
    clock(0x17, '250101000060Z'),
    clock(0x17, '251301000000Z'),
    clock(0x17, '250100000000Z'),
    clock(0x17, '2501010000Z'),
    clock(0x17, '250101000000+0100'),
    clock(0x17, '250101000000'),
    clock(0x18, '20250101000000Z'),
    clock(0x18, '20500101000000.5Z'),
    clock(0x18, '21000229000000Z'),
    clock(0x04, '250101000000Z'),
  ]
  for (const bytes of wrong) assert.throws(() => time(readDer(bytes)), malformed, Buffer.from(bytes).toString('latin1'))
})

test('every second of 1950 to 2200 comes back', () => {
  const [least, most] = [Date.parse('1950-01-01T00:00:00Z') / 1000, Date.parse('2200-01-01T00:00:00Z') / 1000]
  fc.assert(
    fc.property(fc.integer({ min: least, max: most }), (seconds) => time(readDer(der.time(seconds))) === seconds),
  )
})

test('any bytes are read or refused, and what is read has that one encoding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(0x30, 0x31, 0x02, 0xa0), (bytes, tag) => {
      try {
        const value = readDer(derValue(tag, bytes))
        const inside = value.children.reduce((length, child) => length + child.whole.length, 0)
        if (value.children.length > 0) assert.equal(inside, value.content.length)
      } catch (error) {
        assert.ok(error instanceof AttestationError && error.code === 'der_malformed')
      }
    }),
    { numRuns: 5000 },
  )
})
