import assert from 'node:assert/strict'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { nitroPcrs, tlsServer } from '@perf-aggregator/testkit/vendor-pki'
import { EnclaveError, type EnclaveErrorCode } from '../../../../src/errors.ts'
import { nsmExchange } from '../../../../src/tee/nitro/device.ts'
import { amazonRoots } from '../../../../src/tee/nitro/kms/amazon-roots.ts'
import { credentialsOf } from '../../../../src/tee/nitro/kms/credentials.ts'
import { KmsRootOfTrust } from '../../../../src/tee/nitro/kms/kms-root-of-trust.ts'
import { kmsTransport, type TransportParts } from '../../../../src/tee/nitro/kms/transport.ts'
import { Nsm } from '../../../../src/tee/nitro/nsm.ts'
import { random } from '../../../random.ts'
import { fakeIoctl } from '../../fake-kernel.ts'
import { fakeNsm } from '../fake-nsm.ts'
import { envelope } from './fake-kms.ts'
import { type Behaviour, type FakeKmsServer, KEY, startFakeKmsServer } from './fake-kms-server.ts'
import { credentialsJson, type FakeMetadata, makeCredentials, startFakeMetadata } from './fake-metadata.ts'

const NOW = 1_790_000_000
const SECRET = Buffer.from('a master key of exactly 32 bytes')
const [PCR0, PCR1, PCR2] = [0, 1, 2].map((index) => nitroPcrs()[index] ?? new Uint8Array(48)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
]
const IMAGE = Buffer.from(PCR0).toString('hex')

interface Place extends AsyncDisposable {
  readonly server: FakeKmsServer
  readonly metadata: FakeMetadata
  readonly root: KmsRootOfTrust
  /** What the root of trust asks by. */
  readonly ask: () => Promise<unknown>
  readonly slept: number[]
}

interface PlaceOptions {
  readonly tls?: Parameters<typeof tlsServer>
  readonly parts?: Partial<TransportParts>
  readonly image?: Uint8Array
  /** What the enclave's clock is ahead, seconds. */
  readonly ahead?: number
}

/** An enclave, KMS and the metadata service of its instance. */
async function place({ tls, parts = {}, image = PCR0, ahead = 0 }: PlaceOptions = {}): Promise<Place> {
  const metadata = await startFakeMetadata(() => NOW)
  const nsm = fakeNsm({ now: NOW, pcrs: { ...nitroPcrs(), 0: image } })
  const server = await startFakeKmsServer({
    now: () => NOW,
    credentials: metadata.credentials,
    attestationRoots: () => nsm.made.flatMap(({ roots }) => roots),
    pcrs: { PCR0, PCR1, PCR2 },
    ...(tls ? { tls: tlsServer(...tls) } : {}),
  })
  const slept: number[] = []
  const module = new Nsm(nsmExchange(3, fakeIoctl(nsm.device)))
  const clock = { now: () => (NOW + ahead) * 1000 }
  const transport = kmsTransport({
    settings: { key: KEY, connect: { host: '127.0.0.1', port: server.port } },
    roots: [tlsServer(KEY.host).root],
    credentials: credentialsOf({ kind: 'instance', address: { host: '127.0.0.1', port: metadata.port } }, clock),
    image: Buffer.from(module.describePcr(0)).toString('hex'),
    clock,
    random,
    pause: async (milliseconds) => void slept.push(milliseconds),
    timeout: 10_000,
    ...parts,
  })
  const attest = (publicKey: Uint8Array): Uint8Array => module.attest(null, publicKey)
  return {
    server,
    metadata,
    root: new KmsRootOfTrust({ keyArn: KEY.arn, transport, attest, random }),
    ask: () => transport('GenerateDataKey', {}),
    slept,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await metadata[Symbol.asyncDispose]()
    },
  }
}

/** Refused with this code, in words of ours only. */
function refused(code: EnclaveErrorCode, words = /aws-kms|KMS/): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof EnclaveError)
    assert.equal(error.code, code, error.message)
    assert.match(error.message, words)
    assert.doesNotMatch(error.message, /FAKE/)
    return true
  }
}

test('what is sealed over HTTPS comes back: signed, attested, and the secret stays here', async () => {
  await using where = await place()
  const { server, root, slept } = where
  const blob = await root.seal(SECRET)
  assert.deepEqual(Buffer.from(await root.unseal(blob)), SECRET)
  assert.deepEqual(
    server.released.map(({ operation }) => operation),
    ['GenerateDataKey', 'Decrypt'],
  )
  assert.deepEqual([server.refused, slept, server.connections], [[], [], 2])
  assert.equal(JSON.stringify(server.released).includes(SECRET.toString('base64')), false)
})

test('credentials are read anew for every request, so that rotated ones go on', async () => {
  await using where = await place()
  const { server, metadata, root } = where
  const blob = await root.seal(SECRET)
  metadata.rotate()
  assert.deepEqual(Buffer.from(await root.unseal(blob)), SECRET)
  assert.deepEqual(server.refused, [])
})

test('credentials that are not there, or have ended, are looked for again, and named when they stay away', async () => {
  await using where = await place()
  const { metadata, ask, root, slept, server } = where
  const roles = '/latest/meta-data/iam/security-credentials/'
  metadata.instead.set(roles, { status: 404, body: 'FAKE' })
  await assert.rejects(ask(), refused('key_release_credentials', /give the instance a role/))
  assert.deepEqual([slept.length, server.connections], [4, 0])
  const ended = credentialsJson(metadata.credentials(), NOW - 7 * 3600)
  metadata.instead.set(`${roles}enclave-role`, { status: 200, body: ended })
  metadata.instead.delete(roles)
  await assert.rejects(ask(), refused('key_release_credentials', /have ended/))
  metadata.instead.clear()
  await root.seal(SECRET)
})

test('a blob of another key, or an altered wrapped key, KMS does not know', async () => {
  await using where = await place()
  const blob = (await where.root.seal(SECRET)).slice()
  blob[40] = (blob[40] ?? 0) ^ 1
  await assert.rejects(where.root.unseal(blob), refused('root_of_trust', /does not know the data key/))
  assert.deepEqual(where.server.refused, ['InvalidCiphertextException'])
})

test('another image is refused, and told which it is', async () => {
  const image = new Uint8Array(48).fill(0x5a)
  await using where = await place({ image })
  await assert.rejects(where.root.seal(SECRET), refused('key_release_refused', /image (?:5a){48}: .*policy/))
  assert.deepEqual([where.server.refused, where.slept], [['AccessDeniedException'], []])
})

for (const [what, tls] of [
  ['a certificate for another name', ['kms.us-east-1.amazonaws.com']],
  ['a certificate of another authority', [KEY.host, 'TEST authority nobody knows']],
] satisfies [string, Parameters<typeof tlsServer>][]) {
  test(`${what} is not KMS: refused at once, and nothing is sent`, async (context) => {
    // What a host could set; the check is not for it to turn off.
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    context.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'])
    await using where = await place({ tls })
    await assert.rejects(where.root.seal(SECRET), refused('key_release_unverified', /no certificate of Amazon's/))
    assert.deepEqual([where.server.released, where.server.refused, where.slept], [[], [], []])
    assert.equal(where.server.connections, 1)
  })
}

test('with the roots of Amazon alone, the test authority is nobody', async () => {
  await using where = await place({ parts: { roots: amazonRoots() } })
  await assert.rejects(where.root.seal(SECRET), refused('key_release_unverified'))
})

test("Amazon's roots are the five of its repository, each of its own signature", () => {
  const roots = amazonRoots().map((pem) => new X509Certificate(pem))
  assert.equal(roots.length, 5)
  for (const root of roots) {
    assert.ok(root.ca && root.verify(root.publicKey))
    assert.match(root.subject, /O=Amazon\n|CN=Starfield Services Root Certificate Authority - G2$/)
  }
})

const REFUSALS: readonly [type: string, code: EnclaveErrorCode][] = [
  ['AccessDeniedException', 'key_release_refused'],
  ['com.amazonaws.kms#IncorrectKeyException', 'root_of_trust'],
  ['DisabledException', 'key_release_refused'],
  ['KMSInvalidStateException', 'key_release_refused'],
  ['NotFoundException', 'key_release_refused'],
  ['ValidationException', 'key_release_refused'],
  ['FAKE-unheard-of', 'key_release_refused'],
  ['constructor', 'key_release_refused'],
  ['__proto__', 'key_release_refused'],
  ['IncorrectKeyException', 'root_of_trust'],
  ['InvalidCiphertextException', 'root_of_trust'],
  ['UnrecognizedClientException', 'key_release_credentials'],
  ['ExpiredTokenException', 'key_release_credentials'],
  ['InvalidSignatureException', 'key_release_credentials'],
]

test('every refusal of KMS has its code, once asked, in no word of KMS', async () => {
  await using where = await place()
  for (const [type, code] of REFUSALS) {
    where.server.next.push({ kind: 'error', status: 400, type })
    await assert.rejects(where.ask(), refused(code, new RegExp(`^aws-kms, image ${IMAGE}: `)), type)
  }
  for (const body of ['', 'FAKE', '[]', 'null', '{"__type":7}', '{"__type":{}}']) {
    where.server.next.push({ kind: 'raw', status: 400, body })
    await assert.rejects(where.ask(), refused('key_release_refused'), body)
  }
  assert.deepEqual([where.server.next, where.slept], [[], []])
})

const PASSING: readonly Behaviour[] = [
  { kind: 'error', status: 400, type: 'ThrottlingException' },
  { kind: 'error', status: 429, type: 'FAKE' },
  { kind: 'error', status: 500, type: 'KMSInternalException' },
  { kind: 'error', status: 400, type: 'KMSInternalException' },
  { kind: 'error', status: 503, type: 'AccessDeniedException' },
  { kind: 'raw', status: 502, body: '<html>FAKE' },
  { kind: 'raw', status: 200, body: ' '.repeat(65_537) },
  { kind: 'cut' },
  { kind: 'hang' },
  { kind: 'drip' },
]

for (const behaviour of PASSING) {
  const { kind } = behaviour
  const what = `${kind} ${'status' in behaviour ? behaviour.status : ''} ${'type' in behaviour ? behaviour.type : ''}`
  test(`${what.trim()} passes: asked again after longer and longer pauses, and not for ever`, async () => {
    await using where = await place({ parts: { timeout: kind === 'hang' || kind === 'drip' ? 800 : 10_000 } })
    const { server, root, ask, slept } = where
    server.next.push(behaviour, behaviour)
    await root.seal(SECRET)
    assert.equal(slept.length, 2)
    const [first = 0, second = 0] = slept
    assert.ok(first >= 125 && first <= 250 && second > 250 && second <= 500, String(slept))
    server.next.push(...Array.from({ length: 6 }, () => behaviour))
    const isAnswer = kind === 'error' || (kind === 'raw' && behaviour.status !== 200)
    const words = isAnswer ? /: KMS answers that it/ : /gives no answer.*KMS_CONNECT names passes on/
    await assert.rejects(ask(), refused('key_release_unavailable', words))
    assert.equal(server.next.length, 1)
  })
}

test('where nothing listens, and where what listens speaks no TLS, the way out is named', async () => {
  await using where = await place()
  const { port } = where.server
  await where.server[Symbol.asyncDispose]()
  const connect = { host: '127.0.0.1', port }
  const credentials = async () => makeCredentials()
  await using silent = await place({ parts: { settings: { key: KEY, connect }, credentials } })
  await assert.rejects(silent.ask(), refused('key_release_unavailable', /gives no answer/))
  const plain = createServer((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .end('FAKE'),
  )
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
  const address = plain.address()
  assert.ok(typeof address === 'object' && address !== null)
  const other = { key: KEY, connect: { host: '127.0.0.1', port: address.port } }
  await using noTls = await place({ parts: { settings: other, credentials } })
  await assert.rejects(noTls.ask(), refused('key_release_unavailable'))
  await new Promise((resolve) => plain.close(resolve))
})

test('200 and nothing an enclave reads is no answer, and is not asked for again', async () => {
  await using where = await place()
  for (const body of ['', 'FAKE', '[]', 'null', '7', '{}', '{"KeyId":"FAKE"}']) {
    where.server.next.push({ kind: 'raw', status: 200, body })
    await assert.rejects(where.root.seal(SECRET), refused('root_of_trust'), body)
  }
  assert.deepEqual(where.slept, [])
})

test('a key in clear, of another key, or in an envelope of an earlier call is refused', async () => {
  await using where = await place()
  const { server, root } = where
  const alter = (change: (answer: Readonly<Record<string, unknown>>) => unknown): void =>
    void server.next.push({ kind: 'alter', alter: change })
  alter((answer) => ({ ...answer, Plaintext: SECRET.toString('base64') }))
  await assert.rejects(root.seal(SECRET), refused('root_of_trust', /in clear/))
  alter((answer) => ({ ...answer, KeyId: KEY.arn.replace(/.$/, '0') }))
  await assert.rejects(root.seal(SECRET), refused('root_of_trust', /another key/))
  let earlier: unknown
  alter((answer) => {
    earlier = answer['CiphertextForRecipient']
    return answer
  })
  const blob = await root.seal(SECRET)
  alter((answer) => ({ ...answer, CiphertextForRecipient: earlier }))
  await assert.rejects(root.unseal(blob), refused('root_of_trust', /not made for this request/))
  const mine = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' })
  alter((answer) => ({ ...answer, CiphertextForRecipient: envelope(SECRET, mine).toString('base64') }))
  await assert.rejects(root.unseal(blob), refused('root_of_trust', /not made for this request/))
  assert.deepEqual(Buffer.from(await root.unseal(blob)), SECRET)
})

test('credentials KMS does not know, and a clock that is wrong, are told from a key it denies', async () => {
  await using stranger = await place({ parts: { credentials: async () => makeCredentials() } })
  await assert.rejects(stranger.root.seal(SECRET), refused('key_release_credentials', /KMS_CREDENTIALS/))
  assert.deepEqual(stranger.server.refused, ['UnrecognizedClientException'])
  for (const ahead of [-400, 400]) {
    await using late = await place({ ahead })
    await assert.rejects(late.root.seal(SECRET), refused('key_release_credentials', /clock/))
    assert.deepEqual(late.server.refused, ['InvalidSignatureException'])
  }
})

for (const [what, alter] of [
  ['another secret', { secretAccessKey: makeCredentials().secretAccessKey }],
  ['another session token', { sessionToken: makeCredentials().sessionToken }],
] as const) {
  test(`${what} than the role's is refused`, async () => {
    const own: { read?: () => Promise<ReturnType<FakeMetadata['credentials']>> } = {}
    await using where = await place({ parts: { credentials: async () => (await own.read?.()) ?? makeCredentials() } })
    own.read = async () => ({ ...where.metadata.credentials(), ...alter })
    await assert.rejects(where.root.seal(SECRET), refused('key_release_credentials'))
  })
}
