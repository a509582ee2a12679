import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { descendantsOf, eventually, isGone } from '../processes.ts'
import { begin, type Outcome, run, temporaryFolder } from '../tool.ts'

/** Every word the tool said, on both streams: no secret may be among them. */
const said: string[] = []

async function told(command: string, environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const outcome = await run(command.split(' '), environment)
  said.push(outcome.stdout, outcome.stderr)
  return outcome
}

async function done(command: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, stdout, stderr } = await told(command, environment)
  assert.equal(code, 0, `${command}\n${stdout}${stderr}`)
  return stdout
}

/** The one document a program is given. */
async function document<T>(command: string, environment: Readonly<Record<string, string>> = {}): Promise<T> {
  return JSON.parse(await done(`${command} --json`, environment)) as T
}

test('from a key to a certificate, its log and its end; and a record sealed with a token', async () => {
  const folder = temporaryFolder()
  const at = (name: string): string => join(folder, name)
  const sandbox = await startSandbox({ fillsPerAccount: 60, rateLimitScale: 1_000 })
  after(async () => await sandbox.stop())
  const { apiKey, apiSecret } = sandbox.credentials.binance.readOnly
  const service = ['serve', '--json', '--port', '0', '--data-dir', at('data'), '--sandbox', sandbox.discoveryUrl]
  const enclave = await begin(service)
  const { url, release } = JSON.parse(enclave.firstLine) as { url: string; release: string }
  const trust = `--allow-simulator --measurement ${release}`
  const session = `--session ${at('session.json')} ${trust}`
  const secrets = { API_SECRET: apiSecret }

  writeFileSync(at('key.txt'), `${apiKey}\n`, { mode: 0o600 })
  const registration = await document<{ account: string; session_file: string }>(
    `register --exchange binance --url ${url} --api-key-file ${at('key.txt')} ${session}`,
    secrets,
  )
  assert.equal(registration.session_file, at('session.json'))
  assert.equal(statSync(at('session.json')).mode & 0o777, 0o600)
  const kept = JSON.parse(readFileSync(at('session.json'), 'utf8')) as { sessionId: string; clientKey: { d: string } }

  const [got, refused] = await Promise.all([
    document<{ certificate_id: string; file: string }>(`certificate get --out ${at('certificate.json')} ${session}`),
    told(`summary --session ${at('session.json')} --measurement ${'00'.repeat(32)}`),
  ])
  assert.equal(refused.code, 10)
  assert.match(refused.stderr, /attestation_refused\)\n.*nothing was sent/)

  const [summary, metrics, summaryText, metricsText] = await Promise.all([
    document<{ account: string; collection: { state: string; fills: number } }>(`summary ${session}`),
    document<{ performance: { total: { fills: number } } }>(`metrics ${session}`),
    done(`summary ${session}`),
    done(`metrics ${session}`),
  ])
  assert.equal(summary.account, registration.account)
  assert.deepEqual([summary.collection.state, summary.collection.fills], ['up_to_date', 60])
  assert.equal(metrics.performance.total.fills, 60)
  assert.match(summaryText, /^collection +up to date$/m)
  assert.match(metricsText, /^binance: account value in USDT, /)
  for (const line of `${summaryText}\n${metricsText}`.split('\n')) assert.ok(line.length <= 100, line)

  const log = `log verify --url ${url} --certificate ${at('certificate.json')} --since ${at('checkpoint')} ${trust}`
  const [verified, fetched, visit] = await Promise.all([
    document<{ verified: boolean; certificate_id: string }>(`certificate verify ${at('certificate.json')} ${trust}`),
    document<{ certificate_id: string }>(
      `certificate get ${got.certificate_id} --url ${url} --out ${at('again.json')} ${trust}`,
    ),
    document<{ size: number; extends: number | null }>(log),
  ])
  assert.deepEqual([verified.verified, verified.certificate_id], [true, got.certificate_id])
  assert.equal(fetched.certificate_id, got.certificate_id)
  assert.equal(readFileSync(at('again.json'), 'utf8'), readFileSync(at('certificate.json'), 'utf8'))
  assert.deepEqual([visit.size, visit.extends], [1, 1])
  assert.match(
    await done(log),
    /^VERIFIED +localhost\/perf-aggregator\nentries +1, all read.*\nextends +the checkpoint of size 1$/m,
  )

  copyFileSync(at('session.json'), at('copy.json'))
  const { purged } = await document<{ purged: { credentials: number } }>(`revoke ${session}`)
  assert.equal(purged.credentials, 1)
  assert.equal(existsSync(at('session.json')), false)
  const { code, stdout } = await told(`summary --session ${at('copy.json')} --json ${trust}`)
  const { error } = JSON.parse(stdout) as { error: { code: string; request_id: string } }
  assert.deepEqual([code, error.code, typeof error.request_id], [1, 'session_revoked', 'string'])

  const processes = descendantsOf(enclave.pid)
  assert.ok(processes.length > 0)
  assert.deepEqual(await enclave.end('SIGTERM'), { code: 0, signal: null })
  assert.ok(processes.every(isGone))

  const token = `--data-dir ${at('data')} --tenant clinic`
  const good = await document<{ id: string; token: string }>(`token create --scope records ${token}`)
  const withdrawn = await document<{ id: string; token: string }>(`token create --scope records --days 1 ${token}`)
  assert.equal((await document<{ revoked: string }>(`token revoke ${withdrawn.id} ${token}`)).revoked, withdrawn.id)
  const listed = await done(`token list ${token}`)
  assert.match(listed, new RegExp(`^${good.id} +records +\\S+ +\\S+$`, 'm'))
  assert.match(listed, new RegExp(`^${withdrawn.id}( +\\S+){4}$`, 'm'))

  const again = await begin(service)
  const { url: records } = JSON.parse(again.firstLine) as { url: string }
  const post = async (bearer: string): Promise<number> => {
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
    return (await fetch(`${records}/api/records`, { method: 'POST', headers, body: '{"data":"an X-ray"}' })).status
  }
  assert.equal(await post(good.token), 201)
  assert.equal(await post(withdrawn.token), 401)
  assert.deepEqual(await again.end('SIGINT'), { code: 0, signal: null })

  const everything = [...said, enclave.said(), again.said()].join('\n')
  for (const secret of [apiKey, apiSecret, kept.sessionId, kept.clientKey.d]) assert.ok(!everything.includes(secret))
  await eventually('nothing is left', () => processes.every(isGone))
})
