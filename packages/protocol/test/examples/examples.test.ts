import assert from 'node:assert/strict'
import { createDecipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mock, test } from 'node:test'
import { verifyProof } from '../../../../apps/enclave/src/sessions/possession.ts'
import { importClientKey } from '../../../client/src/crypto/client-key.ts'
import {
  CERTIFICATE_CHECKS,
  type CertificateTrust,
  explainCertificate,
  verifyCertificate,
} from '../../../client/src/index.ts'
import { createProof } from '../../../client/src/session/proof-of-possession.ts'
import {
  certificateLeaf,
  decodeBase64,
  decodeBase64Url,
  decodeEntryBundle,
  encodeBase64Url,
  hashLeaf,
  openCheckpoint,
  parseVkey,
  readCredentials,
  splitTile,
  treeRoot,
  type UnverifiedCertificate,
} from '../../src/index.ts'
import { hex } from '../envelope/fixtures.ts'
import { signatures } from '../log/keys.ts'
import type { BrokenCopy } from './certificate.ts'
import { EXAMPLES, exampleFile } from './examples.ts'
import { TEST_KEYS } from './keys.ts'
import { PROOF_RANDOMNESS, PROVED_REQUEST } from './proof-of-possession.ts'

/** An example as its reader has it: the file, and nothing of what made it. */
const read = (name: string): unknown => JSON.parse(readFileSync(exampleFile(name), 'utf8'))

for (const [name, make] of Object.entries(EXAMPLES)) {
  test(`docs/examples/${name} is what this code computes`, async () => {
    assert.equal(JSON.stringify(read(name), null, 2), JSON.stringify(await make(), null, 2))
  })
}

interface SubmissionFile {
  readonly plaintext: string
  readonly aad_bytes: string
  readonly submissions: Readonly<
    Record<
      string,
      {
        readonly key_schedule: { readonly key: string; readonly base_nonce: string }
        readonly body: { readonly ciphertext: string; readonly tag: string }
      }
    >
  >
}

test('the key, the nonce and the AAD shown open each submission, which is bound to the client', () => {
  const { plaintext, aad_bytes, submissions } = read('submission.json') as SubmissionFile
  assert.deepEqual(Object.keys(submissions), ['x25519', 'x-wing'])
  for (const { key_schedule, body } of Object.values(submissions)) {
    const cipher = createDecipheriv('aes-256-gcm', hex(key_schedule.key), hex(key_schedule.base_nonce))
    cipher.setAAD(hex(aad_bytes)).setAuthTag(decodeBase64(body.tag))
    const opened = Buffer.concat([cipher.update(decodeBase64(body.ciphertext)), cipher.final()])
    assert.equal(opened.toString(), plaintext)
    assert.deepEqual(readCredentials(new Uint8Array(opened)).clientKey, TEST_KEYS.client.publicKey)
  }
})

interface ProofFile {
  readonly client_pub: string
  readonly client_ed25519_private: string
  readonly session_id: string
  readonly method: string
  readonly htu: string
  readonly iat: number
  readonly jti: string
  readonly dpop: string
}

test('the proof of possession is what our client sends, and what an enclave accepts', async () => {
  const file = read('proof-of-possession.json') as ProofFile
  const clientKey = decodeBase64(file.client_pub)
  const proved = await verifyProof({
    clientKey,
    sessionId: file.session_id,
    context: { requestId: 'r', method: file.method, path: new URL(file.htu).pathname, proof: file.dpop },
    now: file.iat * 1000,
  })
  assert.deepEqual(proved, { jti: file.jti, iat: file.iat })

  const d = encodeBase64Url(hex(file.client_ed25519_private))
  const key = await importClientKey({ kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(clientKey), d })
  const random = mock.method(crypto, 'getRandomValues', (bytes: Uint8Array) => {
    bytes.set(PROOF_RANDOMNESS)
    return bytes
  })
  try {
    assert.equal(await createProof(key, PROVED_REQUEST), file.dpop)
  } finally {
    random.mock.restore()
  }
})

interface CheckpointFile {
  readonly origin: string
  readonly size: number
  readonly root: string
  readonly checkpoint: string
  readonly ed25519: { readonly vkey: string }
  readonly ml_dsa_44: { readonly vkey: string }
}

interface TileFile {
  readonly entries: readonly { readonly text: string }[]
  readonly bundle: { readonly bytes: string }
  readonly tile: { readonly bytes: string }
}

test('the checkpoint opens with its vkeys, and its root is that of the entry bundle and of the tile', async () => {
  const file = read('checkpoint.json') as CheckpointFile
  const keys = [parseVkey(file.ed25519.vkey), parseVkey(file.ml_dsa_44.vkey)]
  const opened = await openCheckpoint(file.checkpoint, { origin: file.origin, keys }, signatures)
  assert.deepEqual([opened.size, opened.root], [file.size, hex(file.root)])

  const { entries, bundle, tile } = read('log-tile.json') as TileFile
  const leaves = decodeEntryBundle(hex(bundle.bytes), opened.size)
  assert.deepEqual(
    leaves.map((leaf) => Buffer.from(leaf).toString()),
    entries.map(({ text }) => text),
  )
  assert.deepEqual(treeRoot(leaves.map(hashLeaf)), opened.root)
  assert.deepEqual(treeRoot(splitTile(hex(tile.bytes), opened.size) ?? []), opened.root)
})

interface VerificationFile {
  readonly reader: {
    readonly now: number
    readonly accepts: {
      readonly development_root: string
      readonly measurement: string
      readonly log_vkeys: readonly string[]
    }
  }
  readonly log: { readonly certificate_id: string; readonly leaf: string; readonly index: number }
  readonly broken: readonly BrokenCopy[]
}

const verification = read('certificate.verification.json') as VerificationFile
const certificate = readFileSync(exampleFile('certificate.json'), 'utf8')
const { now, accepts } = verification.reader
const trust: CertificateTrust = {
  allowSimulator: true,
  simulatorRoot: decodeBase64(accepts.development_root),
  measurements: [accepts.measurement],
  logKeys: accepts.log_vkeys,
}

test('the certificate verifies, and its figures tie out', async () => {
  const { certificate_id: id, leaf, index } = verification.log
  const { claims, log } = await verifyCertificate(certificate, trust, { now, id })
  assert.equal(Buffer.from(certificateLeaf(decodeBase64Url(id))).toString(), leaf)
  assert.deepEqual([log.index, log.size], [index, 3])
  assert.equal(log.checkpoint, (read('checkpoint.json') as CheckpointFile).checkpoint)
  assert.deepEqual(claims.performance.total.realisedPnl, { value: '28.926' })
  assert.equal(claims.performance.completeness[0]?.complete, true)
})

test('section 5.1 of the protocol names every member of the figures, and every link of the page leads to an example', async () => {
  const page = readFileSync(exampleFile('../protocol.md'), 'utf8')
  const section = page.slice(page.indexOf('### 5.1'), page.indexOf('## 6.'))
  const { claims } = await verifyCertificate(certificate, trust, { now })
  const named = new Set(section.match(/\w+/g))
  assert.deepEqual(
    memberNames(claims.performance).filter((name) => !named.has(name)),
    [],
  )
  const linked = [...page.matchAll(/\]\(examples\/([^)]+)\)/g)].map(([, name]) => name)
  assert.deepEqual(new Set(linked), new Set(Object.keys(EXAMPLES)))
})

test('every broken copy fails where it says, and nowhere else', async () => {
  assert.ok(verification.broken.length >= 2)
  for (const { what, member, at, from, to, fails } of verification.broken) {
    const file = JSON.parse(certificate) as UnverifiedCertificate
    const text = member === 'tlogProof' ? file.tlogProof : file.statement.payload
    assert.equal(text.charAt(at), from)
    const altered = text.slice(0, at) + to + text.slice(at + 1)
    const copy =
      member === 'tlogProof'
        ? { ...file, tlogProof: altered }
        : { ...file, statement: { ...file.statement, payload: altered } }
    const { verified, checks } = await explainCertificate(JSON.stringify(copy), trust, { now })
    assert.equal(verified, false)
    assert.deepEqual(
      checks.map((check) => [check.name, check.outcome === 'failed' ? check.code : check.outcome]),
      CERTIFICATE_CHECKS.map((step) => [step, fails[step] ?? 'passed']),
      what,
    )
  }
})

/** Of objects within `value`, however deep. */
function memberNames(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const names = Array.isArray(value) ? [] : Object.keys(value)
  return [...names, ...Object.values(value).flatMap(memberNames)]
}
