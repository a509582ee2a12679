import assert from 'node:assert/strict'
import { test } from 'node:test'
import aws4 from 'aws4'
import fc from 'fast-check'
import { type AwsCredentials, signRequest, type UnsignedRequest } from '../../../../src/tee/nitro/kms/sigv4.ts'

/** Of AWS's published Signature Version 4 test suite: what it signs with, when and for what. */
const SUITE_KEYS: AwsCredentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
}
const SUITE_TIME = Date.UTC(2015, 7, 30, 12, 36, 0)
const SUITE_SCOPE = { region: 'us-east-1', service: 'service', now: SUITE_TIME }

/**
 * Signatures as AWS published them; computing them from the specification gives the same. What each case is in the suite:
 * the smallest request there is, and the same by POST.
 */
const PUBLISHED = {
  'get-vanilla': ['GET', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  'post-vanilla': ['POST', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
} as const

for (const [name, [method, signature]] of Object.entries(PUBLISHED)) {
  test(`${name} of AWS's test suite`, () => {
    const request: UnsignedRequest = { method, headers: { host: 'example.amazonaws.com' }, body: '' }
    assert.deepEqual(signRequest(request, SUITE_KEYS, SUITE_SCOPE), {
      host: 'example.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
        `SignedHeaders=host;x-amz-date, Signature=${signature}`,
    })
  })
}

const name = fc.stringMatching(/^x-[a-z]{1,12}$/)
const value = fc.stringMatching(/^[!-~](?:[ -~]{0,40}[!-~])?$/)
const secret = fc.stringMatching(/^[A-Za-z0-9+/=]{1,60}$/)
const request = fc.record({
  method: fc.constantFrom('GET' as const, 'POST' as const),
  headers: fc.dictionary(name, value, { maxKeys: 6 }),
  body: fc.string({ unit: 'binary', maxLength: 200 }),
})
const credentials = fc.record({
  accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
  secretAccessKey: secret,
  sessionToken: fc.option(secret),
})
const scope = fc.record({
  region: fc.constantFrom('eu-central-1', 'us-gov-west-1'),
  service: fc.constantFrom('kms', 'sts'),
  now: fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }).map(Number),
})

/** The same request signed by the library `aws4`, which is told not to add headers of its own. */
function byLibrary(
  { method, headers, body }: UnsignedRequest,
  { sessionToken, ...keys }: AwsCredentials,
  { region, service, now }: Parameters<typeof signRequest>[2],
): unknown {
  const time = new Date(now).toISOString().replace(/-|:|\.\d{3}/g, '')
  const signed = aws4.sign(
    { method, path: '/', headers: { ...headers, 'x-amz-date': time }, body, service, region },
    sessionToken === null ? keys : { ...keys, sessionToken },
  )
  return Object.fromEntries(Object.entries(signed.headers ?? {}).map(([key, text]) => [key.toLowerCase(), text]))
}

test('any request is signed as the library aws4 signs it, session tokens among it', () => {
  fc.assert(
    fc.property(request, credentials, scope, (asked, keys, where) => {
      // What the library adds unasked: these headers are given, so that it adds nothing.
      const headers = {
        ...asked.headers,
        host: 'kms.example.com',
        'content-type': 'application/x-amz-json-1.1',
        'content-length': String(Buffer.byteLength(asked.body)),
      }
      const signed = signRequest({ ...asked, headers }, keys, where)
      const theirs = byLibrary({ ...asked, headers }, keys, where) as Record<string, string>
      assert.equal(signed['authorization'], theirs['authorization'])
      assert.equal(signed['x-amz-security-token'], theirs['x-amz-security-token'])
    }),
  )
})

test('every part of a request, of the credentials and of the scope is signed', () => {
  const asked: UnsignedRequest = { method: 'POST', headers: { host: 'a', 'x-amz-target': 'T.Decrypt' }, body: '{}' }
  const keys = { ...SUITE_KEYS, sessionToken: 'token' }
  const signatureOf = (...given: Parameters<typeof signRequest>): string =>
    (signRequest(...given)['authorization'] ?? '').replace(/.*Signature=/, '')
  const all = [
    signatureOf(asked, keys, SUITE_SCOPE),
    signatureOf({ ...asked, method: 'GET' }, keys, SUITE_SCOPE),
    signatureOf({ ...asked, body: '{ }' }, keys, SUITE_SCOPE),
    signatureOf({ ...asked, headers: { ...asked.headers, host: 'b' } }, keys, SUITE_SCOPE),
    signatureOf({ ...asked, headers: { ...asked.headers, 'x-amz-target': 'T.Encrypt' } }, keys, SUITE_SCOPE),
    signatureOf(asked, { ...keys, secretAccessKey: 'other' }, SUITE_SCOPE),
    signatureOf(asked, { ...keys, sessionToken: 'other' }, SUITE_SCOPE),
    signatureOf(asked, { ...keys, sessionToken: null }, SUITE_SCOPE),
    signatureOf(asked, keys, { ...SUITE_SCOPE, region: 'us-east-2' }),
    signatureOf(asked, keys, { ...SUITE_SCOPE, service: 'kms' }),
    signatureOf(asked, keys, { ...SUITE_SCOPE, now: SUITE_TIME + 1000 }),
  ]
  assert.equal(new Set(all).size, all.length)
  assert.ok(all.every((signature) => /^[0-9a-f]{64}$/.test(signature)))
})
