/**
 * WebCrypto, as browsers have it, and OpenSSL, as Node has it, over Wycheproof's signatures: the same answer to each, and the listed one. The
 * corpus has ECDSA P-256, RSA PKCS#1 v1.5 and RSA-PSS of the schemes in use inside its JSON Web Signatures, and Ed25519 alone.
 */
import assert from 'node:assert/strict'
import { createPublicKey, type JsonWebKeyInput } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mathematics as openssl } from '../../client/src/crypto/mathematics.node.ts'
import { mathematics as web } from '../../client/src/crypto/mathematics.web.ts'
import type { PublicKey, SignatureScheme } from '../src/index.ts'
import { CORPUS } from './corpus.ts'

const VECTORS = join(CORPUS ?? '', '../vectors/wycheproof')
const skip = CORPUS === null || !existsSync(VECTORS) ? 'no vectors' : false

interface Group<Test> {
  readonly comment?: string
  readonly public?: JsonWebKeyInput['key']
  readonly publicKey?: { readonly pk: string }
  readonly publicKeyDer?: string
  readonly tests: readonly (Test & { readonly tcId: number; readonly result: string })[]
}

function groups<Test>(file: string): readonly Group<Test>[] {
  const json = JSON.parse(readFileSync(join(VECTORS, file), 'utf8')) as { readonly testGroups: readonly Group<Test>[] }
  return json.testGroups
}

/** What both say; fails where they differ. */
async function answer(
  scheme: SignatureScheme,
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
  what: string,
): Promise<boolean> {
  const [one, other] = [
    await web.verifySignature(scheme, key, message, signature),
    await openssl.verifySignature(scheme, key, message, signature),
  ]
  assert.equal(one, other, `${what}: WebCrypto says ${one}, OpenSSL ${other}`)
  return one
}

const bytes = (text: string, encoding: 'hex' | 'base64url'): Uint8Array => new Uint8Array(Buffer.from(text, encoding))

const SCHEMES: Readonly<Record<string, SignatureScheme>> = {
  es256: 'ecdsa-p256-sha256',
  SpecialCaseEs256: 'ecdsa-p256-sha256',
  rs256: 'rsa-pkcs1-sha256',
  ps384: 'rsa-pss-sha384',
}

test('JSON Web Signatures by ES256, RS256 and PS384', { skip }, async (t) => {
  const counted = { valid: 0, invalid: 0 }
  for (const { comment = '', public: jwk, tests } of groups<{ readonly jws: unknown }>(
    'json_web_signature_test.json',
  )) {
    const scheme = SCHEMES[comment]
    if (!scheme || !jwk) continue
    const spki = createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'der', type: 'spki' })
    for (const { tcId, result, jws } of tests) {
      const parts = typeof jws === 'string' ? jws.split('.') : []
      const [header = '', payload = '', signature = ''] = parts
      if (parts.length !== 3) continue
      const message = new Uint8Array(Buffer.from(`${header}.${payload}`, 'latin1'))
      const key = { form: 'spki', bytes: new Uint8Array(spki) } as const
      const holds = await answer(scheme, key, message, bytes(signature, 'base64url'), `${comment} ${tcId}`)
      // An invalid one may have a good signature, and a bad header, which is not the mathematics' to see.
      if (result === 'valid') assert.ok(holds, `${comment} ${tcId} is valid`)
      if (result === 'invalid' && comment === 'SpecialCaseEs256') assert.ok(!holds, `${comment} ${tcId} is invalid`)
      counted[holds ? 'valid' : 'invalid'] += 1
    }
  }
  t.diagnostic(`both say the same of ${counted.valid} good and ${counted.invalid} bad signatures`)
  assert.ok(counted.valid > 5 && counted.invalid > 50)
})

test('RSA-PSS with SHA-256 and a salt of 32 bytes is another scheme, whatever the signature', { skip }, async () => {
  for (const file of ['rsa_pss_3072_sha256_mgf1_32_test.json', 'rsa_pss_4096_sha256_mgf1_32_test.json']) {
    for (const { publicKeyDer = '', tests } of groups<{ readonly msg: string; readonly sig: string }>(file)) {
      const key = { form: 'spki', bytes: bytes(publicKeyDer, 'hex') } as const
      for (const { tcId, msg, sig } of tests) {
        assert.ok(!(await answer('rsa-pss-sha384', key, bytes(msg, 'hex'), bytes(sig, 'hex'), `${file} ${tcId}`)))
      }
    }
  }
})

test('Ed25519', { skip }, async () => {
  for (const { publicKey, tests } of groups<{ readonly msg: string; readonly sig: string }>('ed25519_test.json')) {
    const key = { form: 'raw', bytes: bytes(publicKey?.pk ?? '', 'hex') } as const
    for (const { tcId, msg, sig, result } of tests) {
      const holds = await answer('ed25519', key, bytes(msg, 'hex'), bytes(sig, 'hex'), `ed25519 ${tcId}`)
      assert.equal(holds, result === 'valid', `ed25519 ${tcId} is ${result}`)
    }
  }
})
