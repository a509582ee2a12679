/**
 * Requirement E3, from outside: an exchange secret that was submitted, used and revoked. The process that serves the API
 * never holds a copy; the collector child holds one while the session lives, and none once it is detached.
 */
import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ScanReport, WatchedProcess } from '@perf-aggregator/testkit'
import { watchProcess } from '@perf-aggregator/testkit'
import type { Sandbox } from '@perf-aggregator/venue-sandbox'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import type { CollectorKeys } from '../../src/ports/collector.ts'
import type { VenueId } from '../../src/ports/venue.ts'
import { sealedSubmission } from '../collector/submission.ts'
import type { Question } from './api-process.ts'

const API_PROCESS = fileURLToPath(new URL('./api-process.ts', import.meta.url))
const VENUES: readonly VenueId[] = ['binance', 'coinbase', 'kraken']
const FILLS = 300
const RATE_LIMIT_SCALE = 100_000
/** Of all secrets and keys, whole or in pieces of 16 bytes, after the last session was detached. */
const GONE_WITHIN_MS = 1_000

const notLinux = process.platform !== 'linux' && 'needs /proc'

test('a secret that was submitted, used and revoked leaves no copy', {
  skip: notLinux,
  timeout: 300_000,
}, async (t) => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'secret-lifetime-'))
  const sandbox = await startSandbox({ fillsPerAccount: FILLS, rateLimitScale: RATE_LIMIT_SCALE })
  const api = await watchProcess(API_PROCESS)
  const ask = async (question: Question): Promise<unknown> => await api.ask(question)
  try {
    const child = (await ask({ to: 'start', settings: settingsFor(sandbox, dataDirectory) })) as {
      readonly pid: number
      readonly keys: CollectorKeys
    }
    const wanted = secretsOf(sandbox)

    await t.test('while used: none in the API process, one of each secret in the child', async () => {
      for (const venue of VENUES) {
        const plaintext = { exchange: venue, ...sandbox.credentials[venue].readOnly, sandbox: true }
        const submission = await sealedSubmission(child.keys, plaintext, venue, 'x-wing')
        await ask({ to: 'submit', sessionId: venue, submission })
        assert.equal(await ask({ to: 'collect', sessionId: venue }), FILLS)
      }
      assertNone(await api.scan(api.pid, { ...wanted.secrets, ...wanted.keys }), 'API process, in use')
      const alive = await api.scan(child.pid, wanted.secrets)
      t.diagnostic(`child, in use: ${JSON.stringify(alive.found)}`)
      // The secrets as their venues wrote them are gone; what remains is what OpenSSL signs with, once.
      assert.deepEqual(alive.found['binance/plain'], { whole: 1, pieces: 0 })
      assert.deepEqual(alive.found['kraken-decoded/plain'], { whole: 1, pieces: 0 })
      assert.equal(alive.found['kraken/plain'], undefined)
      assert.equal(alive.found['coinbase/plain'], undefined)
    })

    await t.test('once detached: none in either process', async () => {
      for (const sessionId of VENUES) await ask({ to: 'detach', sessionId })
      const began = performance.now()
      const report = await untilNone(api, child.pid, { ...wanted.secrets, ...wanted.keys })
      t.diagnostic(`child, detached: none after ${Math.round(performance.now() - began - report.milliseconds)} ms`)
      assertNone(await api.scan(api.pid, { ...wanted.secrets, ...wanted.keys }), 'API process, detached')
    })

    await t.test('a purge leaves none at once, even of a session that was in use', async () => {
      const plaintext = { exchange: 'binance', ...sandbox.credentials.binance.readOnly, sandbox: true }
      const submission = await sealedSubmission(child.keys, plaintext, 'binance')
      await ask({ to: 'submit', sessionId: 'again', submission })
      const purged = (await ask({ to: 'purge' })) as { readonly pid: number }
      assert.notEqual(purged.pid, child.pid)
      assert.throws(() => process.kill(child.pid, 0), 'the child that held it is gone')
      assertNone(await api.scan(purged.pid, { ...wanted.secrets, ...wanted.keys }), 'new child')
      assertNone(await api.scan(api.pid, { ...wanted.secrets, ...wanted.keys }), 'API process, purged')
    })

    await t.test('control: the scanner finds a copy that is there, whole and in pieces', async () => {
      await ask({ to: 'plant', value: wanted.secrets['binance'] ?? new Uint8Array() })
      const found = await api.scan(api.pid, wanted.secrets)
      assert.ok((found.found['binance/plain']?.whole ?? 0) >= 1, 'a planted secret')
      await ask({ to: 'plant', value: (wanted.secrets['kraken-decoded'] ?? new Uint8Array()).subarray(20, 44) })
      const piece = await api.scan(api.pid, wanted.secrets)
      assert.ok((piece.found['kraken-decoded/plain']?.pieces ?? 0) >= 1, 'a piece of 24 bytes')
    })
    await ask({ to: 'stop' })
  } finally {
    await api.stop()
    await sandbox.stop()
    await rm(dataDirectory, { recursive: true })
  }
})

/** The scanner may run as any user, so the child stays readable: that changes who may look, not what there is to see. */
function settingsFor({ venues }: Sandbox, dataDirectory: string) {
  const origins = { binance: venues.binance.url, coinbase: venues.coinbase.url, kraken: venues.kraken.url }
  const sandbox = { origins, rateLimitScale: RATE_LIMIT_SCALE }
  return {
    dataDirectory,
    tee: 'simulator',
    kms: null,
    release: new Uint8Array(32),
    sandbox,
    undumpable: false,
  } as const
}

/** Secrets as submitted and as signed with; the parts of the keys that are not a form every key has. */
function secretsOf({ credentials }: Sandbox) {
  const { binance, coinbase, kraken } = credentials
  const scalar = createPrivateKey(coinbase.readOnly.apiSecret).export({ format: 'jwk' }).d ?? ''
  return {
    secrets: {
      binance: Buffer.from(binance.readOnly.apiSecret),
      coinbase: Buffer.from(coinbase.readOnly.apiSecret.split('\n')[1] ?? ''),
      'coinbase-scalar': Buffer.from(scalar, 'base64url'),
      kraken: Buffer.from(kraken.readOnly.apiSecret),
      'kraken-decoded': Buffer.from(kraken.readOnly.apiSecret, 'base64'),
    } as Readonly<Record<string, Uint8Array>>,
    keys: {
      'binance-key': Buffer.from(binance.readOnly.apiKey),
      'coinbase-key': Buffer.from(coinbase.readOnly.apiKey.split('/').at(-1) ?? ''),
      'kraken-key': Buffer.from(kraken.readOnly.apiKey),
    } as Readonly<Record<string, Uint8Array>>,
  }
}

/** A scan stops the process, so the time it takes does not count against the child. */
async function untilNone(
  api: WatchedProcess,
  pid: number,
  secrets: Readonly<Record<string, Uint8Array>>,
): Promise<ScanReport> {
  for (let waited = 0; ; waited += 100) {
    const report = await api.scan(pid, secrets)
    if (report.whole + report.pieces === 0) return report
    assert.ok(waited < GONE_WITHIN_MS, `copies left in the child: ${JSON.stringify(report.found)}`)
    await sleep(100)
  }
}

function assertNone(report: ScanReport, where: string): void {
  assert.ok(report.scannedBytes > 10_000_000, `${where}: the scan saw next to nothing`)
  assert.deepEqual(report.found, {}, where)
}
