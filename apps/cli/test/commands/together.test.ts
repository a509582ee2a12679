import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { begin, run, temporaryFolder } from '../tool.ts'

test('two accounts of one trader, registered one after the other, are in one certificate', async () => {
  const folder = temporaryFolder()
  const at = (name: string): string => join(folder, name)
  const sandbox = await startSandbox({ fillsPerAccount: 20, rateLimitScale: 1_000 })
  after(async () => await sandbox.stop())
  const service = ['serve', '--json', '--port', '0', '--data-dir', at('data'), '--sandbox', sandbox.discoveryUrl]
  const enclave = await begin(service)
  const { url } = JSON.parse(enclave.firstLine) as { url: string }
  const register = async (exchange: 'binance' | 'kraken', ...further: string[]): Promise<void> => {
    const { apiKey: API_KEY, apiSecret: API_SECRET } = sandbox.credentials[exchange].readOnly
    const where = ['--url', url, '--session', at(`${exchange}.json`), '--allow-simulator']
    const environment = { API_KEY, API_SECRET }
    const { code, stderr } = await run(['register', '--exchange', exchange, ...where, ...further], environment)
    assert.equal(code, 0, stderr)
  }
  const certify = async (): ReturnType<typeof run> =>
    await run(
      `certificate get --session ${at('binance.json')} --include ${at('kraken.json')} --out ${at('c.json')} --allow-simulator --json`.split(
        ' ',
      ),
    )

  await register('binance')
  await register('kraken')
  const apart = await certify()
  assert.equal(apart.code, 1)
  assert.match(apart.stdout, /"owner_mismatch"/)

  await register('kraken', '--with', at('binance.json'))
  const { code, stdout, stderr } = await certify()
  assert.equal(code, 0, stdout + stderr)
  const shown = await run(['certificate', 'show', at('c.json'), '--allow-simulator', '--json'])
  const { claims } = JSON.parse(shown.stdout) as { claims: { accounts: { venue: string }[] } }
  assert.deepEqual(
    claims.accounts.map(({ venue }) => venue),
    ['binance', 'kraken'],
  )
  const [first, second] = ['binance', 'kraken'].map(
    (name) => JSON.parse(readFileSync(at(`${name}.json`), 'utf8')) as { sessionId: string; clientKey: { x: string } },
  )
  assert.notEqual(first?.sessionId, second?.sessionId)
  assert.equal(first?.clientKey.x, second?.clientKey.x)
  assert.deepEqual(await enclave.end('SIGTERM'), { code: 0, signal: null })
})
