import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { flattenedVerify } from 'jose'
import {
  certificateId,
  encodeBase64Url,
  encodeUtf8,
  keyId,
  ProtocolError,
  parseStatement,
  type Statement,
  type StatementSignature,
  signStatement,
} from '../../src/index.ts'

const ed25519 = generateKeyPairSync('ed25519')
const mlDsa65 = generateKeyPairSync('ml-dsa-65')
const publicKeys = {
  ed25519: new Uint8Array(ed25519.publicKey.export({ format: 'raw-public' })),
  mlDsa65: new Uint8Array(mlDsa65.publicKey.export({ format: 'raw-public' })),
}
const payload = encodeUtf8('{"any":"bytes"}')
const statement = await signStatement(payload, {
  publicKeys,
  ed25519: (message) => sign(null, message, ed25519.privateKey),
  mlDsa65: async (message) => sign(null, message, mlDsa65.privateKey),
})

test('both signatures are over the signing input, by the keys the headers name', () => {
  const parsed = parseStatement(statement)
  assert.deepEqual(parsed.payload, payload)
  assert.ok(verify(null, parsed.ed25519.input, ed25519.publicKey, parsed.ed25519.signature))
  assert.ok(verify(null, parsed.mlDsa65.input, mlDsa65.publicKey, parsed.mlDsa65.signature))
  assert.equal(parsed.ed25519.keyId, keyId(publicKeys.ed25519))
  assert.equal(parsed.mlDsa65.keyId, keyId(publicKeys.mlDsa65))
})

test('another JOSE library verifies each of them', async () => {
  for (const [at, key] of [ed25519.publicKey, mlDsa65.publicKey].entries()) {
    const one = { payload: statement.payload, ...statement.signatures[at]! }
    const verified = await flattenedVerify(one, key)
    assert.deepEqual(new Uint8Array(verified.payload), payload)
  }
})

test('the header is exactly alg, kid, typ', () => {
  const [first] = statement.signatures
  assert.equal(
    Buffer.from(first!.protected, 'base64url').toString(),
    `{"alg":"Ed25519","kid":"${keyId(publicKeys.ed25519)}","typ":"perf-cert+sd-jwt"}`,
  )
})

test('the id of a certificate is the digest of its payload string', async () => {
  const digest = await crypto.subtle.digest('SHA-256', encodeUtf8(statement.payload))
  assert.equal(certificateId(statement.payload), Buffer.from(digest).toString('base64url'))
})

const [first, second] = statement.signatures as [StatementSignature, StatementSignature]

test('exactly two signatures, in order', () => {
  for (const signatures of [
    [],
    [first],
    [second],
    [second, first],
    [first, first],
    [second, second],
    [first, second, first],
  ]) {
    assert.throws(() => parseStatement({ ...statement, signatures }), refusal('statement_signatures'))
  }
})

test('a header in any other spelling is refused', () => {
  const kid = keyId(publicKeys.ed25519)
  for (const header of [
    { kid, alg: 'Ed25519', typ: 'perf-cert+sd-jwt' },
    { alg: 'Ed25519', kid, typ: 'perf-cert+sd-jwt', crit: 'x' },
    { alg: 'Ed25519', kid, typ: 'jwt' },
    { alg: 'Ed25519', typ: 'perf-cert+sd-jwt' },
    { alg: 'Ed25519', kid: 7, typ: 'perf-cert+sd-jwt' },
    { alg: 7, kid, typ: 'perf-cert+sd-jwt' },
    [],
    'alg',
  ]) {
    assert.throws(() => parseStatement(withHeader(JSON.stringify(header))), refusal('statement_header'))
  }
  const spaced = `{"alg":"Ed25519", "kid":"${kid}","typ":"perf-cert+sd-jwt"}`
  assert.throws(() => parseStatement(withHeader(spaced)), refusal('statement_header'))
  const named = JSON.stringify({ alg: 'Ed25519', kid, typ: 'perf-cert+sd-jwt' })
  for (const json of [
    named.replace('{', '{"alg":"none",'),
    named.replace('}', ',"crit":[]}'),
    named.replace('}', ',"crit":{"a":[]}}'),
    named.replace(kid, 'AAA'),
    named.replace(kid, `${kid.slice(0, -1)}B`),
    '{',
  ]) {
    assert.throws(() => parseStatement(withHeader(json)), refusal('statement_header'), json)
  }
  const notUtf8 = encodeBase64Url(Uint8Array.of(0x22, 0xff, 0x22))
  for (const altered of [`${first.protected} `, `${first.protected}=`, notUtf8, '']) {
    assert.throws(
      () => parseStatement(withFirst({ ...first, protected: altered })),
      refusal('statement_header'),
      altered,
    )
  }
})

test('a signature of another length is refused, and so is loose base64url', () => {
  const cut = encodeBase64Url(Buffer.from(first.signature, 'base64url').subarray(1))
  assert.throws(() => parseStatement(withFirst({ ...first, signature: cut })), refusal('statement_signature_length'))
  for (const altered of [
    withFirst({ ...first, signature: `${first.signature}=` }),
    withFirst({ ...first, signature: `${first.signature.slice(0, -1)}/` }),
    { ...statement, payload: `${statement.payload}==` },
  ]) {
    assert.throws(() => parseStatement(altered), { code: 'invalid_base64' })
  }
})

function withFirst(signature: StatementSignature): Statement {
  return { ...statement, signatures: [signature, second] }
}

function withHeader(json: string): Statement {
  return withFirst({ ...first, protected: encodeBase64Url(encodeUtf8(json)) })
}

function refusal(code: string) {
  return (error: unknown): boolean => error instanceof ProtocolError && error.code === code
}
