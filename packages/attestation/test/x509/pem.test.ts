import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeUtf8 } from '../../src/bytes/index.ts'
import { readPem, writePem } from '../../src/x509/index.ts'

const malformed = { name: 'AttestationError', code: 'pem_malformed' }
const BEGIN = '-----BEGIN CERTIFICATE-----\n'
const END = '-----END CERTIFICATE-----\n'
const read = (text: string) => readPem(encodeUtf8(text), 'CERTIFICATE')

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 4 }), (blocks) => {
      const text = blocks.map((block) => writePem(block, 'CERTIFICATE')).join('')
      for (const variant of [text, text.replaceAll('\n', '\r\n'), `${text}\n\n`, `${text}\0`, text.trimEnd()]) {
        assert.deepEqual(
          read(variant).map((block) => [...block]),
          blocks.map((block) => [...block]),
        )
      }
    }),
  )
})

const REFUSED = {
  'nothing at all': '',
  'no block': '\n',
  'an empty block': BEGIN + END,
  'text before a block': `Subject: somebody\n${BEGIN}AAAA\n${END}`,
  'text after a block': `${BEGIN}AAAA\n${END}AAAA\n`,
  'another label': '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n',
  'an end of another label': `${BEGIN}AAAA\n-----END X509 CRL-----\n`,
  'no end': `${BEGIN}AAAA\n`,
  'a block inside a block': `${BEGIN}${BEGIN}AAAA\n${END}${END}`,
  'an empty line inside': `${BEGIN}AAAA\n\n${END}`,
  'white space in a line': `${BEGIN}AA AA\n${END}`,
  'a tab': `${BEGIN}AAAA\t\n${END}`,
  'a carriage return alone': `${BEGIN}AAAA\r${END}`,
  'a line that is too short': `${BEGIN}AAAA\nAAAA\n${END}`,
  'a line that is too long': `${BEGIN}${'A'.repeat(68)}\n${END}`,
  'padding inside': `${BEGIN}${'A'.repeat(62)}==\nAAAA\n${END}`,
  'bits after the last byte': `${BEGIN}AB==\n${END}`,
  'a byte past ASCII': `${BEGIN}AAÄA\n${END}`,
  'a zero inside': `${BEGIN}AAAA\n${END}\0\n`,
  'seventeen blocks': `${BEGIN}AAAA\n${END}`.repeat(17),
}

for (const [what, text] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, () => assert.throws(() => read(text), malformed))
}
