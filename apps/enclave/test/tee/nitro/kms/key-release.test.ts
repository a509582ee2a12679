/** A Nitro machine (a fake) opens its TEE as the enclave does, with KMS (a fake over HTTPS) as the root of trust of its master key. */
import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { nitroPcrs } from '@perf-aggregator/testkit/vendor-pki'
import { readConfiguration } from '../../../../src/configuration.ts'
import { type MasterKey, openMasterKey } from '../../../../src/sealing/master-key.ts'
import { selectTee } from '../../../../src/tee/select.ts'
import { random } from '../../../random.ts'
import { KEY, startFakeKmsServer } from './fake-kms-server.ts'
import { startFakeMetadata } from './fake-metadata.ts'
import { type FakeNitro, type FakeNitroOptions, fakeNitro } from './fake-nitro.ts'

const NOW = 1_790_000_000

interface Estate {
  readonly directory: string
  readonly server: Awaited<ReturnType<typeof startFakeKmsServer>>
  /** One start of an enclave, on a machine made anew. */
  readonly start: (
    options?: Partial<FakeNitroOptions>,
    environment?: Readonly<Record<string, string>>,
  ) => Promise<MasterKey>
}

async function estate(context: TestContext): Promise<Estate> {
  const directory = await mkdtemp(join(tmpdir(), 'key-release-'))
  const metadata = await startFakeMetadata(() => NOW)
  const machines: FakeNitro[] = []
  const [PCR0, PCR1, PCR2] = [0, 1, 2].map((index) => nitroPcrs()[index])
  assert.ok(PCR0 && PCR1 && PCR2)
  const server = await startFakeKmsServer({
    now: () => NOW,
    credentials: metadata.credentials,
    attestationRoots: () => machines.flatMap(({ roots }) => roots()),
    pcrs: { PCR0, PCR1, PCR2 },
  })
  context.after(async () => {
    await server[Symbol.asyncDispose]()
    await metadata[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })
  return {
    directory,
    server,
    async start(options = {}, environment = {}) {
      const { tee, kms } = readConfiguration({
        TEE: 'nitro',
        KMS_KEY_ARN: KEY.arn,
        KMS_CONNECT: `127.0.0.1:${server.port}`,
        KMS_CREDENTIALS: metadata.url,
        ...environment,
      })
      const nitro = fakeNitro({ now: NOW, ...options })
      machines.push(nitro)
      const around = {
        dataDirectory: directory,
        release: new Uint8Array(32),
        kms,
        clock: { now: () => NOW * 1000 },
        random,
      }
      const { rootOfTrust } = await selectTee(tee, around, nitro.machine)
      return await openMasterKey(directory, rootOfTrust, random, ['credentials'])
    },
  }
}

const ANOTHER_IMAGE = { pcrs: { ...nitroPcrs(), 0: new Uint8Array(48).fill(0x5a) } }

test('a first start makes the master key, and every later one opens it', async (context) => {
  const { directory, server, start } = await estate(context)
  const first = await start()
  assert.equal(first.created, true)
  const later = [await start(), await start({}, { TEE: 'auto' })]
  assert.deepEqual(
    later.map(({ created, fingerprint }) => [created, fingerprint]),
    [
      [false, first.fingerprint],
      [false, first.fingerprint],
    ],
  )
  assert.ok(later.every((key) => key.branch('credentials').equals(first.branch('credentials'))))
  assert.deepEqual(await readdir(directory), ['tee_master_key.bin'])
  assert.match(
    (await readFile(join(directory, 'tee_master_key.bin'))).toString('latin1'),
    /\naws-kms\nperf-aggregator\/kms-seal/,
  )
  const operations = server.released.map(({ operation }) => operation)
  assert.deepEqual(operations, ['GenerateDataKey', 'Decrypt', 'Decrypt', 'Decrypt'])
})

test('another image neither makes a master key nor opens one, and is told why', async (context) => {
  const { directory, server, start } = await estate(context)
  const denied = { code: 'key_release_refused', message: /image (?:5a){48}: KMS denies/ }
  await assert.rejects(start(ANOTHER_IMAGE), denied)
  assert.deepEqual(await readdir(directory), [])
  const { fingerprint } = await start()
  await assert.rejects(start(ANOTHER_IMAGE), denied)
  assert.equal((await start()).fingerprint, fingerprint)
  assert.deepEqual(server.refused, ['AccessDeniedException', 'AccessDeniedException'])
})

test('an enclave in debug mode does not get as far as asking', async (context) => {
  const { server, start } = await estate(context)
  await assert.rejects(start({ isDebug: true }), { code: 'tee_unavailable', message: /debug/ })
  assert.equal(server.connections, 0)
})

test('a master key sealed with KMS is not opened without it, and the setting is named', async (context) => {
  const { start } = await estate(context)
  await start()
  const without = { KMS_KEY_ARN: '', KMS_CONNECT: '', KMS_CREDENTIALS: '' }
  await assert.rejects(start({}, without), {
    code: 'root_of_trust',
    message: /sealed by another root of trust than "nitro"/,
  })
})

test('a first start without KMS names the setting, and leaves nothing', async (context) => {
  const { directory, start } = await estate(context)
  const without = { KMS_KEY_ARN: '', KMS_CONNECT: '', KMS_CREDENTIALS: '' }
  await assert.rejects(start({}, without), { code: 'root_of_trust', message: /set KMS_KEY_ARN/ })
  assert.deepEqual(await readdir(directory), [])
})

test('another key than the one it was sealed with does not open it', async (context) => {
  const { start } = await estate(context)
  await start()
  const other = KEY.arn.replace('00000000-', '10000000-')
  await assert.rejects(start({}, { KMS_KEY_ARN: other }), {
    code: 'key_release_refused',
    message: /KMS_KEY_ARN is not there/,
  })
})

test('KMS away at a start: the start fails with the way out, and the next one is whole', async (context) => {
  const { directory, server, start } = await estate(context)
  const { fingerprint } = await start()
  const kept = `${directory}.kept`
  await copyFile(join(directory, 'tee_master_key.bin'), kept)
  server.next.push(...Array.from({ length: 5 }, () => ({ kind: 'cut' }) as const))
  await assert.rejects(start(), { code: 'key_release_unavailable', message: /KMS_CONNECT/ })
  assert.deepEqual(await readFile(join(directory, 'tee_master_key.bin')), await readFile(kept))
  await rm(kept)
  assert.equal((await start()).fingerprint, fingerprint)
})

test('what the requests say is what the example of a key policy asks for, and it lets nothing else read', async (context) => {
  const { server, start } = await estate(context)
  await start()
  const text = await readFile(new URL('../../../../../../docs/examples/kms-key-policy.json', import.meta.url), 'utf8')
  const { Statement } = JSON.parse(text) as {
    readonly Statement: readonly {
      readonly Effect: string
      readonly Action: readonly string[]
      readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    }[]
  }
  const [use, administer, ...more] = Statement
  assert.ok(use && administer && more.length === 0)
  const asked = new Set(server.released.map(({ operation }) => `kms:${operation}`))
  assert.deepEqual(new Set(use.Action), asked)
  const wanted = use.Condition?.['StringEquals'] ?? {}
  for (const { request } of server.released) {
    const sent = Object.entries(request['EncryptionContext'] as object).map(([key, value]) => [
      `kms:EncryptionContext:${key}`,
      value as unknown,
    ])
    assert.deepEqual(Object.fromEntries(sent), wanted)
  }
  const images = use.Condition?.['StringEqualsIgnoreCase']?.['kms:RecipientAttestation:ImageSha384']
  assert.ok(Array.isArray(images) && images.every((image) => typeof image === 'string' && /^[0-9a-f]{96}$/.test(image)))
  // Nothing that reads, and nothing that lets somebody read: a grant passes every condition by.
  assert.equal(
    administer.Action.some((action) => /Decrypt|Encrypt|Generate|Grant|Derive|\*/.test(action)),
    false,
  )
})
