import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { EnclaveError } from '../../../../src/errors.ts'
import { credentialsOf, parseCredentials } from '../../../../src/tee/nitro/kms/credentials.ts'
import { credentialsJson, makeCredentials, startFakeMetadata } from './fake-metadata.ts'

const NOW = 1_790_000_000
const CLOCK = { now: () => NOW * 1000 }
const ROLES = '/latest/meta-data/iam/security-credentials/'

const keys = makeCredentials()
const whole = JSON.parse(credentialsJson(keys, NOW)) as Readonly<Record<string, string>>

function refused(words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof EnclaveError)
    assert.equal(error.code, 'key_release_credentials')
    assert.match(error.message, words)
    assert.doesNotMatch(error.message, /pLaNtEd/)
    return true
  }
}

test('what the metadata service answers is read, and what else it says is let be', () => {
  assert.deepEqual(parseCredentials(JSON.stringify(whole), CLOCK.now()), keys)
  assert.deepEqual(parseCredentials(JSON.stringify({ ...whole, RoleArn: 'arn' }), CLOCK.now()), keys)
})

test('a field that is missing or has another form is refused', () => {
  for (const name of ['AccessKeyId', 'SecretAccessKey', 'Token', 'Expiration']) {
    for (const value of [undefined, null, 7, '', ' ', 'pLaNtEd\r\nx-evil: 1', 'ä', ['x'], 'x'.repeat(9_000)]) {
      const text = JSON.stringify({ ...whole, [name]: value })
      assert.throws(() => parseCredentials(text, CLOCK.now()), refused(/AccessKeyId/), `${name} ${String(value)}`)
    }
  }
  for (const text of ['', 'pLaNtEd', 'null', '[]', '7', '{}', '{"__proto__":{"AccessKeyId":"pLaNtEd"}}']) {
    assert.throws(() => parseCredentials(text, CLOCK.now()), refused(/AccessKeyId/), text)
  }
})

test('credentials count until the second they end', () => {
  const text = JSON.stringify({ ...whole, Expiration: '2026-09-21T14:13:20Z' })
  const end = Date.UTC(2026, 8, 21, 14, 13, 20)
  assert.deepEqual(parseCredentials(text, end - 1), keys)
  assert.throws(() => parseCredentials(text, end), refused(/have ended/))
  for (const Expiration of ['2026-13-41T99:99:99Z', 'tomorrow', '2099-01-01']) {
    assert.throws(() => parseCredentials(JSON.stringify({ ...whole, Expiration }), CLOCK.now()), refused(/./))
  }
})

test('any text is read or refused, never anything else', () => {
  const text = JSON.stringify(whole)
  const mutated = fc
    .record({ at: fc.nat(text.length), cut: fc.nat(4), put: fc.string({ unit: 'binary', maxLength: 4 }) })
    .map(({ at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut))
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), mutated), (given) => {
      try {
        const { sessionToken, accessKeyId } = parseCredentials(given, CLOCK.now())
        assert.match(`${sessionToken}${accessKeyId}`, /^[!-~]+$/)
      } catch (error) {
        assert.ok(error instanceof EnclaveError && error.code === 'key_release_credentials')
      }
    }),
    { numRuns: 2_000 },
  )
})

test('the metadata service is asked for a token, the role and its credentials, every time', async () => {
  await using metadata = await startFakeMetadata(() => NOW)
  const read = credentialsOf({ kind: 'instance', address: { host: '127.0.0.1', port: metadata.port } }, CLOCK)
  assert.deepEqual(await read(), metadata.credentials())
  const first = metadata.credentials()
  metadata.rotate()
  assert.deepEqual(await read(), metadata.credentials())
  assert.notDeepEqual(metadata.credentials(), first)
  const round = ['PUT /latest/api/token', `GET ${ROLES}`, `GET ${ROLES}enclave-role`]
  assert.deepEqual(metadata.asked, [...round, ...round])
})

for (const [path, answers] of [
  ['/latest/api/token', ['', 'pLaNtEd\n', 'x'.repeat(513), 'x'.repeat(20_000)]],
  [ROLES, ['', '../../user-data', 'a b', 'pLaNtEd\nother', 'x'.repeat(65)]],
  [`${ROLES}enclave-role`, ['', 'pLaNtEd', '{}', 'x'.repeat(20_000)]],
] as const) {
  test(`another answer of the metadata service at ${path} is refused`, async () => {
    await using metadata = await startFakeMetadata(() => NOW)
    const read = credentialsOf({ kind: 'instance', address: { host: '127.0.0.1', port: metadata.port } }, CLOCK)
    for (const answer of [...answers.map((body) => ({ status: 200, body })), { status: 404, body: 'pLaNtEd' }]) {
      metadata.instead.set(path, answer)
      await assert.rejects(read(), refused(/KMS_CREDENTIALS/), answer.body)
      // What is no name of a role leads to no address.
      assert.match(metadata.asked.at(-1) ?? '', new RegExp(` ${path}$`))
    }
    metadata.instead.clear()
    assert.deepEqual(await read(), metadata.credentials())
  })
}

test('where nothing answers, the way out is named', async () => {
  const metadata = await startFakeMetadata(() => NOW)
  await metadata[Symbol.asyncDispose]()
  const read = credentialsOf({ kind: 'instance', address: { host: '127.0.0.1', port: metadata.port } }, CLOCK)
  await assert.rejects(read(), refused(/role.*forwarder/))
})

test('an answer that changes the protocol is none, and nobody waits for it', { timeout: 4_000 }, async () => {
  const server = createServer((socket) =>
    socket
      .on('error', () => {})
      .once('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: pLaNtEd\r\n\r\n'),
      ),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const read = credentialsOf({ kind: 'instance', address: { host: '127.0.0.1', port } }, CLOCK)
    await assert.rejects(read(), refused(/KMS_CREDENTIALS/))
  } finally {
    server.close()
  }
})

test('a file is read every time; one that is missing, too long or no file is refused', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'credentials-'))
  context.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'role.json')
  const read = credentialsOf({ kind: 'file', path }, CLOCK)
  await assert.rejects(read(), refused(/the file is there/))
  for (const made of [makeCredentials(), makeCredentials()]) {
    await writeFile(path, credentialsJson(made, NOW))
    assert.deepEqual(await read(), made)
  }
  await writeFile(path, credentialsJson(keys, NOW).padEnd(16_385))
  await assert.rejects(read(), refused(/KMS_CREDENTIALS/))
  await assert.rejects(credentialsOf({ kind: 'file', path: directory }, CLOCK)(), refused(/KMS_CREDENTIALS/))
})
