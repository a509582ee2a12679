/** Requirement E3, in memory: the process that serves the API holds no copy of a secret, in use or after. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { watchProcess } from '@perf-aggregator/testkit'
import { startSandbox, VENUE_IDS } from '@perf-aggregator/venue-sandbox'
import { canariesOf } from './canaries.ts'
import { RATE_LIMIT_SCALE, summaryWhen, Trader } from './house.ts'
import { onServer } from './place.ts'
import type { Question } from './watched-house.ts'

const ENTRY = fileURLToPath(new URL('./watched-house.ts', import.meta.url))
const notLinux = process.platform !== 'linux' && 'needs /proc'

onServer((open) => {
  test('no secret is ever in the memory of the API process', { skip: notLinux, timeout: 300_000 }, async (t) => {
    const { dataDirectory, databaseUrl } = await open(t)
    const sandbox = await startSandbox({ fillsPerAccount: 200, rateLimitScale: RATE_LIMIT_SCALE })
    const api = await watchProcess(ENTRY)
    try {
      const ask = async (question: Question): Promise<unknown> => await api.ask(question)
      const sandboxUrl = sandbox.discoveryUrl
      const start = { to: 'start', dataDirectory, databaseUrl: databaseUrl ?? '', sandboxUrl } as const
      const house = (await ask(start)) as { readonly url: string; readonly release: string }
      const secrets = canariesOf(sandbox)
      const trader = await Trader.arrive(house, sandbox)
      const clients = []
      for (const venue of VENUE_IDS) clients.push(await trader.register(venue))
      for (const client of clients) await summaryWhen(client, ({ state }) => state === 'up_to_date')
      const [first, ...include] = clients
      await first?.requestCertificate({ include })
      const inUse = await api.scan(api.pid, secrets)
      assert.ok(inUse.scannedBytes > 10_000_000, 'the scan saw next to nothing')
      assert.deepEqual(inUse.found, {})

      for (const client of clients) await client.revoke()
      assert.deepEqual((await api.scan(api.pid, secrets)).found, {})
      t.diagnostic(`${Math.round(inUse.scannedBytes / 1_048_576)} MiB scanned in ${inUse.milliseconds} ms`)

      await ask({ to: 'plant', value: secrets['binance secret'] ?? new Uint8Array() })
      const control = await api.scan(api.pid, secrets)
      assert.ok((control.found['binance secret/plain']?.whole ?? 0) >= 1, 'control: a planted secret')
    } finally {
      await api.stop()
      await sandbox.stop()
    }
  })
})
