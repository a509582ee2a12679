/** Foreign bytes in the place of certificates, lists and chains: read, or refused with the one error of their kind. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { der, makeCertificate, makeCrl, vendorKey } from '../../../testkit/src/vendor-pki/index.ts'
import { AttestationError, type AttestationErrorCode } from '../../src/index.ts'
import { readCertificate, readCrl } from '../../src/x509/index.ts'

const NOW = 1_790_000_000
const term = { notBefore: NOW, notAfter: NOW + 1 }
const root = makeCertificate({ subject: 'root', key: vendorKey('rsa2048', 'root'), ca: { pathLength: 2 }, ...term })
const leaf = makeCertificate({
  subject: 'leaf',
  key: vendorKey('p384', 'leaf'),
  issuer: root,
  crlUris: ['http://crl.example/'],
  extensions: [{ oid: '1.3.6.1.4.1.3704.1.1', value: der.integer(1) }],
  ...term,
})
const list = makeCrl({ issuer: root, thisUpdate: NOW, nextUpdate: NOW + 1, revoked: [leaf.serial, Uint8Array.of(5)] })

const PARSERS: readonly (readonly [
  name: string,
  read: (bytes: Uint8Array) => object,
  sample: Uint8Array,
  code: AttestationErrorCode,
])[] = [
  ['RSA certificate', readCertificate, root.der, 'x509_malformed'],
  ['EC certificate', readCertificate, leaf.der, 'x509_malformed'],
  ['revocation list', readCrl, list, 'crl_malformed'],
]

/** Bytes put in, taken out or replaced, a few times. */
const edits = fc.array(fc.record({ at: fc.nat(2000), remove: fc.nat(4), insert: fc.uint8Array({ maxLength: 4 }) }), {
  minLength: 1,
  maxLength: 3,
})

for (const [name, read, sample, code] of PARSERS) {
  const readsOrRefuses = (bytes: Uint8Array): void => {
    try {
      read(bytes)
    } catch (error) {
      assert.ok(error instanceof AttestationError && error.code === code, String(error))
    }
  }

  test(`${name}: the genuine one is read`, () => assert.ok(read(sample)))

  test(`${name}: every truncation, and every byte too many, is refused`, () => {
    for (let length = 0; length < sample.length; length++) {
      assert.throws(() => read(sample.subarray(0, length)), { code }, `${length} bytes`)
    }
    assert.throws(() => read(Uint8Array.of(...sample, 0)), { code })
  })

  test(`${name}: every bit flipped is read or refused with ${code}`, () => {
    for (let bit = 0; bit < sample.length * 8; bit++) {
      const flipped = sample.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      readsOrRefuses(flipped)
    }
  })

  test(`${name}: whatever is edited is read or refused with ${code}`, () => {
    fc.assert(
      fc.property(edits, (changes) => {
        let bytes = [...sample]
        for (const { at, remove, insert } of changes) bytes = bytes.toSpliced(at % bytes.length, remove, ...insert)
        readsOrRefuses(Uint8Array.from(bytes))
      }),
      { numRuns: 2000 },
    )
  })

  test(`${name}: any bytes are refused with ${code}`, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), readsOrRefuses), { numRuns: 2000 })
  })
}

const plain = { subject: 'x', key: vendorKey('p256', 'x'), ...term }
const constraints = (value: Uint8Array) => ({
  withoutBasicConstraints: true,
  extensions: [{ oid: '2.5.29.19', value }],
})
const twice = { oid: '1.2.3.4', value: der.null() }

const REFUSED: Readonly<Record<string, Parameters<typeof makeCertificate>[0]>> = {
  'version 1': { ...plain, version: 0 },
  'a serial number of 22 bytes': { ...plain, serial: new Uint8Array(22).fill(1) },
  'a serial number in a longer form': { ...plain, serial: Uint8Array.of(0, 1) },
  'no serial number': { ...plain, serial: new Uint8Array(0) },
  'an extension twice': { ...plain, extensions: [twice, twice] },
  'constraints with bytes after them': { ...plain, ...constraints(Uint8Array.of(0x30, 0, 0)) },
  'a path length without being a CA': { ...plain, ...constraints(der.sequence(der.integer(1))) },
  'a negative path length': {
    ...plain,
    ...constraints(der.sequence(der.boolean(true), der.integer(Uint8Array.of(0xff)))),
  },
  'an issuer that is no name': { ...plain, issuerName: der.null() },
}

for (const [what, options] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, () =>
    assert.throws(() => readCertificate(makeCertificate(options).der), { code: 'x509_malformed' }))
}

test('serial numbers as vendors have them: zero, negative, twenty bytes', () => {
  for (const serial of [Uint8Array.of(0), Uint8Array.of(0x80), new Uint8Array(20).fill(0x7f)]) {
    assert.deepEqual(readCertificate(makeCertificate({ ...plain, serial }).der).serial, serial)
  }
})
