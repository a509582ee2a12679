/** The child process from the outside: what it does, and what becomes of sessions when it dies. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Sandbox } from '@perf-aggregator/venue-sandbox'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { CHILD_ENVIRONMENT, CHILD_FLAGS } from '../../src/collector/hardening.ts'
import type { CollectorProcess, CollectorSettings } from '../../src/collector/process.ts'
import { startCollector } from '../../src/collector/process.ts'
import type { CollectorKeys } from '../../src/ports/collector.ts'
import type { VenueId } from '../../src/ports/venue.ts'
import { refusal } from '../refusal.ts'
import { sealedSubmission } from './submission.ts'

const VENUES: readonly VenueId[] = ['binance', 'coinbase', 'kraken']
const FILLS = 30

let sandbox: Sandbox
let settings: CollectorSettings
let collector: CollectorProcess

before(async () => {
  sandbox = await startSandbox({ fillsPerAccount: FILLS, rateLimitScale: 100_000 })
  const { binance, coinbase, kraken } = sandbox.venues
  const origins = { binance: binance.url, coinbase: coinbase.url, kraken: kraken.url }
  settings = {
    dataDirectory: await mkdtemp(join(tmpdir(), 'collector-')),
    tee: 'simulator',
    kms: null,
    release: new Uint8Array(32),
    sandbox: { origins, rateLimitScale: 100_000 },
  }
  collector = await startCollector(settings)
})

after(async () => {
  await collector.stop()
  await sandbox.stop()
  await rm(settings.dataDirectory, { recursive: true })
})

async function submit(sessionId: string, venue: VenueId, extra: object = {}) {
  const { apiKey, apiSecret } = sandbox.credentials[venue].readOnly
  const plaintext = { exchange: venue, apiKey, apiSecret, ...extra }
  return await collector.open(sessionId, await sealedSubmission(await collector.keys(), plaintext, venue))
}

async function fillIds(sessionId: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for (const stream of await collector.streams(sessionId, [])) {
    let cursor = null
    for (let more = true; more; ) {
      const page = await collector.page(sessionId, 'pseudonym', stream, cursor)
      for (const event of page.events) if (event.kind === 'fill') ids.add(`${event.market} ${event.tradeId}`)
      ;({ cursor, more } = page)
    }
  }
  return ids
}

async function settled(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  assert.fail('it did not come about')
}

for (const venue of VENUES) {
  test(`${venue}: opened, checked, collected, detached`, async () => {
    const opened = await submit(`s-${venue}`, venue, { symbols: ['BTC/USDT'], userId: 'u', sandbox: true })
    assert.equal(opened.venue, venue)
    assert.deepEqual(opened.symbols, ['BTC/USDT'])
    assert.equal(opened.userId, 'u')
    assert.ok((await collector.checkKey(`s-${venue}`)).readOnly)
    assert.ok((await collector.balances(`s-${venue}`)).length > 0)
    assert.equal((await fillIds(`s-${venue}`)).size, FILLS)
    await collector.detach(`s-${venue}`)
    await collector.detach(`s-${venue}`)
    await assert.rejects(collector.balances(`s-${venue}`), refusal('not_attached'))
  })
}

test('public prices need no session', async () => {
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  const [close] = await collector.dailyCloses('binance', ['BTC/USDT', 'NO/SUCH'], day, day)
  assert.equal(close?.market, 'BTC/USDT')
  assert.match(close?.close ?? '', /^\d+\.\d+$/)
})

test('what crosses back is sealed: neither key nor secret', async () => {
  const opened = await submit('sealed', 'kraken')
  const { apiKey, apiSecret } = sandbox.credentials.kraken.readOnly
  for (const part of [opened.credentials.wrappedKey, opened.credentials.ciphertext]) {
    for (const needle of [apiKey, apiSecret]) assert.equal(Buffer.from(part).indexOf(needle), -1)
    assert.equal(Buffer.from(part).indexOf(Buffer.from(apiSecret, 'base64')), -1)
  }
  await collector.detach('sealed')
})

test('refusals keep their code across the border', async () => {
  const good = await sealedSubmission(await collector.keys(), { exchange: 'kraken' }, 'kraken')
  const nothing = { wrappedKey: new Uint8Array(200), ciphertext: new Uint8Array(200) }
  const cases: readonly (readonly [() => Promise<unknown>, Parameters<typeof refusal>[0]])[] = [
    [() => collector.open('x', { ...good, nonce: new Uint8Array(12) }), 'decryption_failed'],
    [() => collector.open('x', { ...good, encapsulatedKey: new Uint8Array(31) }), 'invalid_key'],
    [() => collector.open('x', good), 'plaintext_invalid'],
    [() => submit('x', 'kraken', { apiSecret: 'not base64!' }), 'plaintext_invalid'],
    [() => collector.attach('x', 'kraken', nothing), 'unseal_failed'],
    [() => collector.checkKey('nobody'), 'not_attached'],
  ]
  for (const [attempt, code] of cases) await assert.rejects(attempt, refusal(code), code)
  await assert.rejects(collector.balances('x'), refusal('not_attached'))
})

test('a child that is killed comes back with new keys; sealed credentials attach again', async () => {
  const { credentials } = await submit('survivor', 'binance')
  const before = await collector.keys()
  let lost = 0
  const announced = new Promise<CollectorKeys>((resolve) => {
    collector.follow({ lost: () => (lost += 1), back: resolve })
  })
  const { pid } = collector
  assert.ok(pid)
  process.kill(pid, 'SIGKILL')
  const fresh = await announced
  assert.equal(lost, 1)
  assert.notDeepEqual(fresh.hpkeX25519, before.hpkeX25519)
  assert.deepEqual(await collector.keys(), fresh)
  await assert.rejects(collector.balances('survivor'), refusal('not_attached'))
  await collector.attach('survivor', 'binance', credentials)
  assert.ok((await collector.balances('survivor')).length > 0)
  await assert.rejects(collector.attach('another', 'binance', credentials), refusal('unseal_failed'))
  await collector.detach('survivor')
})

test('a request under way when the child dies is refused, not forgotten', async () => {
  await submit('slow', 'binance')
  sandbox.misbehave('binance', { kind: 'slow', ms: 5_000, times: 1 })
  const underWay = collector.balances('slow')
  await new Promise((resolve) => setTimeout(resolve, 100))
  process.kill(collector.pid ?? 0, 'SIGKILL')
  await assert.rejects(underWay, refusal('collector_unavailable'))
  sandbox.behave('binance')
  await collector.keys()
})

test('a purge makes a new process with new keys, which is announced, and nothing attached', async () => {
  await submit('purged', 'binance')
  const { pid } = collector
  const before = await collector.keys()
  const told: (CollectorKeys | 'lost')[] = []
  collector.follow({ lost: () => told.push('lost'), back: (keys) => told.push(keys) })
  await collector.purge()
  assert.notEqual(collector.pid, pid)
  assert.throws(() => process.kill(pid ?? 0, 0))
  assert.notDeepEqual((await collector.keys()).hpkeX25519, before.hpkeX25519)
  await assert.rejects(collector.balances('purged'), refusal('not_attached'))
  // Whoever attests to the old keys must hear of it: nothing sealed to them opens any more.
  assert.deepEqual(told, ['lost', await collector.keys()])
})

test('purges at once leave one process behind, and a stop leaves none', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async () => {
  const children = (): readonly string[] =>
    readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1').trim().split(' ').toSorted()
  const others = children()
  const other = await startCollector(settings)
  const told: CollectorKeys[] = []
  other.follow({ lost: () => {}, back: (keys) => told.push(keys) })
  await Promise.all([other.purge(), other.purge(), other.purge()])
  assert.deepEqual(children(), [...others, String(other.pid)].toSorted())
  assert.deepEqual(told.at(-1), await other.keys())
  const purged = other.purge()
  await other.stop()
  await assert.rejects(purged, refusal('collector_unavailable'))
  assert.deepEqual(children(), others)
})

test('without a parent the child ends', async () => {
  const other = await startCollector(settings)
  const pid = other.pid ?? 0
  await other.stop()
  await settled(async () => {
    try {
      process.kill(pid, 0)
      return false
    } catch {
      return true
    }
  })
  await assert.rejects(other.balances('x'), refusal('collector_unavailable'))
})

test('a child that cannot start says why', async () => {
  // Sealed by another release.
  await assert.rejects(startCollector({ ...settings, release: new Uint8Array(32).fill(1) }), refusal('root_of_trust'))
  const altered = await mkdtemp(join(tmpdir(), 'collector-altered-'))
  await cp(settings.dataDirectory, altered, { recursive: true })
  await writeFile(join(altered, 'tee_master_key.bin'), 'altered')
  await assert.rejects(startCollector({ ...settings, dataDirectory: altered }), refusal('unseal_failed'))
  await rm(altered, { recursive: true })
})

test('a submission for a sandbox is refused where the venues are real', async () => {
  const live = await startCollector({ ...settings, sandbox: null })
  try {
    const plaintext = { exchange: 'kraken', ...sandbox.credentials.kraken.readOnly, sandbox: true }
    const submission = await sealedSubmission(await live.keys(), plaintext, 'kraken')
    await assert.rejects(live.open('x', submission), refusal('plaintext_invalid'))
  } finally {
    await live.stop()
  }
})

test('the child is hardened, and says truly how much', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async () => {
  const status = await collector.hardening()
  assert.deepEqual(status, { undumpable: true, overwritesFreedMemory: true, collectsOnRequest: true })
  const proc = (name: string): string => readFileSync(`/proc/${collector.pid}/${name}`, 'latin1')
  assert.deepEqual(
    proc('cmdline')
      .split('\0')
      .slice(1, 1 + CHILD_FLAGS.length),
    CHILD_FLAGS,
  )
  if (process.getuid?.() === 0) {
    // Root may look all the same: nothing of our own environment went along.
    const names = proc('environ')
      .split('\0')
      .map((entry) => entry.split('=')[0] ?? '')
      // Node's own channel to the parent; and glibc cuts its variable in two as it reads it.
      .filter((name) => name !== '' && !name.startsWith('NODE_CHANNEL') && !name.startsWith('glibc.'))
    assert.deepEqual(names, Object.keys(CHILD_ENVIRONMENT))
  } else {
    assert.throws(() => proc('environ'), /EACCES/)
  }
})
