import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseAddress, parseCredentialsSource, parseKeyArn } from '../../../../src/tee/nitro/kms/settings.ts'

const ID = '01234567-89ab-cdef-0123-456789abcdef'
const ARN = `arn:aws:kms:eu-central-1:111122223333:key/${ID}`

test('the ARN of a key says its region and the name of KMS there', () => {
  for (const [arn, region] of [
    [ARN, 'eu-central-1'],
    [`arn:aws:kms:us-east-1:111122223333:key/mrk-${ID.replaceAll('-', '')}`, 'us-east-1'],
    [`arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/${ID}`, 'us-gov-west-1'],
  ] as const) {
    assert.deepEqual(parseKeyArn(arn), { arn, region, host: `kms.${region}.amazonaws.com` })
  }
})

test('anything else is no ARN of a key', () => {
  for (const text of [
    '',
    ID,
    `alias/key`,
    ARN.replace('key/', 'alias/'),
    ARN.replace(`key/${ID}`, 'alias/master'),
    ARN.replace('arn:aws:', 'arn:aws-cn:'),
    ARN.replace('arn:aws:', 'arn:aws-evil:'),
    ARN.replace(':kms:', ':s3:'),
    ARN.replace('eu-central-1', ''),
    ARN.replace('eu-central-1', 'EU-CENTRAL-1'),
    ARN.replace('eu-central-1', 'evil.example/eu-central-1'),
    ARN.replace('eu-central-1', 'eu-central-1.evil.example'),
    ARN.replace('111122223333', '11112222333'),
    ARN.replace('111122223333', '1111222233333'),
    ARN.toUpperCase(),
    ARN.replace('abcdef', 'ABCDEF'),
    ARN.replace('key/', 'key/mrk-'),
    ARN.slice(0, -1),
    `${ARN}0`,
    `${ARN}\n`,
    ` ${ARN}`,
    `${ARN}/`,
  ]) {
    assert.equal(parseKeyArn(text), null, text)
  }
})

test('no edit of an ARN brings a host that is not one of AWS', () => {
  const edit = fc.record({ at: fc.nat(ARN.length), cut: fc.nat(3), text: fc.string({ unit: 'binary', maxLength: 3 }) })
  fc.assert(
    fc.property(edit, ({ at, cut, text }) => {
      const key = parseKeyArn(ARN.slice(0, at) + text + ARN.slice(at + cut))
      if (key !== null) assert.match(key.host, /^kms\.[a-z]{2}(?:-[a-z]+){1,2}-\d\.amazonaws\.com$/)
    }),
    { numRuns: 2_000 },
  )
})

test('an address is an IP address and a port', () => {
  assert.deepEqual(parseAddress('127.0.0.1:8001'), { host: '127.0.0.1', port: 8001 })
  assert.deepEqual(parseAddress('[::1]:65535'), { host: '::1', port: 65_535 })
  for (const text of ['', '127.0.0.1', '127.0.0.1:', '127.0.0.1:0', '127.0.0.1:65536', '127.0.0.1:080', '::1:80']) {
    assert.equal(parseAddress(text), null, text)
  }
  for (const text of [
    '[127.0.0.1]:80',
    '[::1]',
    'localhost:80',
    'kms:443',
    '256.0.0.1:80',
    '127.1:80',
    '1.2.3.4:80 ',
  ]) {
    assert.equal(parseAddress(text), null, text)
  }
})

test('credentials come from a metadata service or a file', () => {
  assert.deepEqual(parseCredentialsSource('http://127.0.0.1:8002'), {
    kind: 'instance',
    address: { host: '127.0.0.1', port: 8002 },
  })
  assert.deepEqual(parseCredentialsSource('/run/role.json'), { kind: 'file', path: '/run/role.json' })
  for (const text of [
    '',
    'role.json',
    '/a\0b',
    'https://127.0.0.1:8002',
    'http://127.0.0.1:8002/path',
    'http://u:p@127.0.0.1:80',
    'http://metadata:80',
    'HTTP://127.0.0.1:80',
  ]) {
    assert.equal(parseCredentialsSource(text), null, text)
  }
})
