/** The whole enclave, as `serve` runs it, on a Nitro machine and with a KMS that are fakes: both processes open the master key by KMS. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { nitroPcrs, tlsServer } from '@perf-aggregator/testkit/vendor-pki'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { systemClock } from '../../src/collector/system.ts'
import { type Configuration, type RunningEnclave, readConfiguration, startEnclave } from '../../src/main.ts'
import { KEY, startFakeKmsServer } from '../tee/nitro/kms/fake-kms-server.ts'
import { startFakeMetadata } from '../tee/nitro/kms/fake-metadata.ts'
import { type FakeNitroOptions, fakeNitro } from '../tee/nitro/kms/fake-nitro.ts'
import { AMAZON_ROOT, NSM_ROOTS } from './nitro-collector.ts'
import { onServer, type Place } from './place.ts'

const COLLECTOR = new URL('./nitro-collector.ts', import.meta.url)
const now = (): number => Math.floor(systemClock.now() / 1000)

interface NitroHouse {
  readonly start: (options?: Partial<FakeNitroOptions>, changes?: Partial<Configuration>) => Promise<RunningEnclave>
  /** What KMS was asked for since the last look, in order. */
  readonly operations: () => string[]
  readonly refused: readonly string[]
  readonly notices: readonly string[]
  /** New credentials for the role of the host. */
  readonly rotate: () => void
}

/** An enclave's surroundings: its machine, the host's metadata service and KMS, all fakes. */
async function nitroHouse(t: Pick<TestContext, 'after'>, { dataDirectory, databaseUrl }: Place): Promise<NitroHouse> {
  await writeFile(join(dataDirectory, AMAZON_ROOT), tlsServer(KEY.host).root)
  const metadata = await startFakeMetadata(now)
  t.after(() => metadata[Symbol.asyncDispose]())
  const known: string[] = []
  const ofCollector = (): string[] => {
    const path = join(dataDirectory, NSM_ROOTS)
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
  }
  const [PCR0, PCR1, PCR2] = [0, 1, 2].map((index) => nitroPcrs()[index])
  assert.ok(PCR0 && PCR1 && PCR2)
  const server = await startFakeKmsServer({
    now,
    credentials: metadata.credentials,
    attestationRoots: () => [...known, ...ofCollector()],
    pcrs: { PCR0, PCR1, PCR2 },
  })
  t.after(() => server[Symbol.asyncDispose]())
  const configuration = readConfiguration({
    ENCLAVE_PORT: '0',
    DATA_DIR: dataDirectory,
    LOG_LEVEL: 'silent',
    TEE: 'nitro',
    KMS_KEY_ARN: KEY.arn,
    KMS_CONNECT: `127.0.0.1:${server.port}`,
    KMS_CREDENTIALS: metadata.url,
    DATABASE_URL: databaseUrl ?? '',
  })
  const notices: string[] = []
  const start = async (
    options: Partial<FakeNitroOptions> = {},
    changes: Partial<Configuration> = {},
  ): Promise<RunningEnclave> => {
    const { machine } = fakeNitro({ now: now(), made: (roots) => known.push(...roots), ...options })
    const stage = { machine, collector: COLLECTOR }
    return await startEnclave({ ...configuration, ...changes }, { notice: (line) => notices.push(line), stage })
  }
  return {
    start,
    operations: () => server.released.splice(0).map(({ operation }) => operation),
    refused: server.refused,
    notices,
    rotate: () => metadata.rotate(),
  }
}

async function signingKey({ url }: RunningEnclave): Promise<unknown> {
  const answer = await fetch(`${url}/attestation/quote?nonce=${Buffer.alloc(32, 7).toString('base64url')}`)
  assert.equal(answer.status, 200)
  const quote = (await answer.json()) as Readonly<Record<string, unknown>>
  assert.equal(quote['evidence_type'], 'nitro')
  return (quote['binding'] as Readonly<Record<string, unknown>>)['sign_ed25519']
}

// A server, as in earnest. And the fakes answer from this process, which an embedded database holds up while it starts.
onServer((open) => {
  const settings = { timeout: 300_000 }

  test('an enclave on Nitro starts, attests, stops and starts again; another image does not', settings, async (t) => {
    const { start, operations, refused, notices, rotate } = await nitroHouse(t, await open(t))
    const first = await start()
    const key = await signingKey(first)
    assert.equal(typeof key, 'string')
    assert.deepEqual(operations(), ['GenerateDataKey', 'Decrypt', 'Decrypt'])
    await first.stop()

    rotate()
    const second = await start()
    assert.equal(await signingKey(second), key)
    assert.equal(second.keyEpoch, first.keyEpoch + 1)
    assert.deepEqual(operations(), ['Decrypt', 'Decrypt'])
    await second.stop()

    // Evidence of hardware over fills that whoever sets the environment made up.
    const sandbox = await startSandbox({ fillsPerAccount: 1 })
    t.after(() => sandbox.stop())
    const sandboxed = start({}, { sandboxUrl: sandbox.discoveryUrl }).then((enclave) => enclave.stop())
    await assert.rejects(sandboxed, { code: 'configuration', message: /SANDBOX_URL/ })
    assert.deepEqual(operations(), [])

    const other = start({ pcrs: { ...nitroPcrs(), 0: new Uint8Array(48).fill(0x5a) } })
    await assert.rejects(other, { code: 'key_release_refused', message: /image (?:5a){48}/ })
    assert.deepEqual([operations(), refused], [[], ['AccessDeniedException']])
    assert.deepEqual(notices, [])
  })

  test('it has no disk: its master key comes back from the database server', settings, async (t) => {
    const place = await open(t)
    const { start, operations } = await nitroHouse(t, place)
    const first = await start()
    const key = await signingKey(first)
    await first.stop()
    operations()

    await rm(join(place.dataDirectory, 'tee_master_key.bin'))
    await rm(join(place.dataDirectory, 'log-head'))
    const second = await start()
    assert.equal(await signingKey(second), key)
    assert.deepEqual(operations(), ['Decrypt', 'Decrypt'])
    await second.stop()
  })
})
