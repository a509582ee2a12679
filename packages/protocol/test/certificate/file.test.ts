import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CERTIFICATE_MEDIA_TYPE,
  EncodingError,
  encodeUtf8,
  formatCertificateFile,
  formatCmw,
  MAX_CERTIFICATE_BYTES,
  ProtocolError,
  parseCertificateFile,
  parseCmw,
  readCertificate,
  type UnverifiedCertificate,
} from '../../src/index.ts'

const evidence = {
  type: 'simulator',
  quote: encodeUtf8('a quote'),
  binding: encodeUtf8('{}'),
  endorsements: [new Uint8Array(32), encodeUtf8('another')],
}
const file: UnverifiedCertificate = {
  mediaType: CERTIFICATE_MEDIA_TYPE,
  statement: {
    payload: 'e30',
    signatures: [
      { protected: 'e30', signature: 'AA' },
      { protected: 'e30', signature: 'AA' },
    ],
  },
  tlogProof: 'c2sp.org/tlog-proof@v1\n',
  cmw: formatCmw(evidence),
}
const text = formatCertificateFile(file)

test('what is written is read back, from text and from bytes', () => {
  assert.deepEqual(parseCertificateFile(text), file)
  assert.deepEqual(parseCertificateFile(encodeUtf8(text)), file)
  assert.equal(formatCertificateFile(parseCertificateFile(text)), text)
})

test('the attestation part is read back', () => {
  assert.deepEqual(parseCmw(file.cmw), evidence)
})

test('a file over a mebibyte is refused unread', () => {
  const padded = text.padEnd(MAX_CERTIFICATE_BYTES)
  assert.deepEqual(parseCertificateFile(padded), file)
  assert.throws(() => parseCertificateFile(`${padded} `), refusal('certificate_too_large'))
  assert.throws(() => parseCertificateFile(new Uint8Array(MAX_CERTIFICATE_BYTES + 1)), refusal('certificate_too_large'))
})

test('another media type is named before the shape is looked at', () => {
  assert.throws(() => readCertificate({ mediaType: 'application/json', nothing: 1 }), refusal('certificate_media_type'))
})

test('a repeated member is refused', () => {
  const doubled = text.replace('"tlogProof"', '"tlogProof": "another", "tlogProof"')
  assert.throws(() => parseCertificateFile(doubled), refusal('json_duplicate_member'))
})

const ALTERED: readonly unknown[] = [
  null,
  [],
  {},
  { ...file, extra: 1 },
  { ...file, tlogProof: 1 },
  { ...file, statement: { ...file.statement, header: {} } },
  { ...file, statement: { ...file.statement, payload: null } },
  { ...file, statement: { ...file.statement, signatures: {} } },
  { ...file, statement: { ...file.statement, signatures: [{ protected: 'e30', signature: 'AA', header: {} }] } },
  { ...file, statement: { ...file.statement, signatures: ['e30'] } },
  { ...file, cmw: { ...file.cmw, extra: [] } },
  { ...file, cmw: { ...file.cmw, evidence: file.cmw.evidence.slice(0, 2) } },
  { ...file, cmw: { ...file.cmw, evidence: [...file.cmw.evidence, 4] } },
  { ...file, cmw: { ...file.cmw, binding: 'x' } },
  ...Object.keys(file)
    .filter((member) => member !== 'mediaType')
    .map((member) => Object.fromEntries(Object.entries(file).filter(([name]) => name !== member))),
]

test('every member is there, none besides, each of its type', () => {
  for (const altered of ALTERED) {
    assert.throws(
      () => parseCertificateFile(JSON.stringify(altered)),
      refusal('certificate_malformed'),
      JSON.stringify(altered),
    )
  }
})

test('the attestation part has one form', () => {
  const { cmw } = file
  const [type, value] = cmw.evidence
  for (const altered of [
    { ...cmw, evidence: ['application/octet-stream', value, 4] as const },
    { ...cmw, evidence: [type.replace('simulator', 'Simulator'), value, 4] as const },
    { ...cmw, evidence: [type, value, 2] as const },
    { ...cmw, binding: [type, value, 4] as const },
    { ...cmw, endorsements: [cmw.endorsements[0], cmw.endorsements[1], 4] as const },
    { ...cmw, endorsements: [cmw.binding[0], cmw.endorsements[1], 2] as const },
    { ...cmw, endorsements: [cmw.endorsements[0], 'e30', 2] as const },
    { ...cmw, endorsements: [cmw.endorsements[0], 'WzFd', 2] as const },
  ]) {
    assert.throws(() => parseCmw(altered), refusal('cmw_malformed'))
  }
  assert.throws(() => parseCmw({ ...cmw, binding: [cmw.binding[0], 'e3', 4] }), EncodingError)
  assert.throws(() => formatCmw({ ...evidence, type: 'no such type' }), refusal('cmw_malformed'))
})

test('no altered text makes the parser throw anything but a refusal', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: text.length - 1 }),
      fc.nat({ max: 3 }),
      fc.string({ maxLength: 3 }),
      (at, drop, insert) => {
        try {
          parseCertificateFile(text.slice(0, at) + insert + text.slice(at + drop))
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error))
        }
      },
    ),
    { numRuns: 500 },
  )
})

function refusal(code: string) {
  return (error: unknown): boolean => error instanceof ProtocolError && error.code === code
}
