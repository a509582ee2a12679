/** The whole enclave, as `serve` runs it, on a Nitro machine and with a KMS that are fakes: both processes open the master key by KMS. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { nitroPcrs, tlsServer } from '@perf-aggregator/testkit/vendor-pki'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { systemClock } from '../../src/collector/system.ts'
import { type RunningEnclave, readConfiguration, startEnclave } from '../../src/main.ts'
import { KEY, startFakeKmsServer } from '../tee/nitro/kms/fake-kms-server.ts'
import { startFakeMetadata } from '../tee/nitro/kms/fake-metadata.ts'
import { type FakeNitroOptions, fakeNitro } from '../tee/nitro/kms/fake-nitro.ts'
import { AMAZON_ROOT, NSM_ROOTS } from './nitro-collector.ts'
import { temporaryFolder } from './place.ts'

const COLLECTOR = new URL('./nitro-collector.ts', import.meta.url)
const now = (): number => Math.floor(systemClock.now() / 1000)

test('an enclave on Nitro starts, attests, stops and starts again; another image does not', {
  timeout: 300_000,
}, async (t) => {
  const dataDirectory = await temporaryFolder()
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
  })
  const notices: string[] = []
  const start = async (
    options: Partial<FakeNitroOptions> = {},
    changes: Partial<typeof configuration> = {},
  ): Promise<RunningEnclave> => {
    const { machine } = fakeNitro({ now: now(), made: (roots) => known.push(...roots), ...options })
    const stage = { machine, collector: COLLECTOR }
    return await startEnclave({ ...configuration, ...changes }, { notice: (line) => notices.push(line), stage })
  }
  const operations = (): string[] => server.released.splice(0).map(({ operation }) => operation)
  const signingKey = async ({ url }: RunningEnclave): Promise<unknown> => {
    const answer = await fetch(`${url}/attestation/quote?nonce=${Buffer.alloc(32, 7).toString('base64url')}`)
    assert.equal(answer.status, 200)
    const quote = (await answer.json()) as Readonly<Record<string, unknown>>
    assert.equal(quote['evidence_type'], 'nitro')
    return (quote['binding'] as Readonly<Record<string, unknown>>)['sign_ed25519']
  }

  const first = await start()
  const key = await signingKey(first)
  assert.equal(typeof key, 'string')
  assert.deepEqual(operations(), ['GenerateDataKey', 'Decrypt', 'Decrypt'])
  await first.stop()

  metadata.rotate()
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
  operations()

  const other = start({ pcrs: { ...nitroPcrs(), 0: new Uint8Array(48).fill(0x5a) } })
  await assert.rejects(other, { code: 'key_release_refused', message: /image (?:5a){48}/ })
  assert.deepEqual([operations(), server.refused], [[], ['AccessDeniedException']])
  assert.equal(
    notices.some((line) => line.includes('SIMULATOR')),
    false,
  )
})
