import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Coverage } from '@perf-aggregator/attestation/files'
import { tellEndorsements } from '../../src/endorsements/tell.ts'
import {
  type EndorsementReport,
  lookPatiently,
  NOTICE,
  reportOf,
  watchEndorsements,
} from '../../src/endorsements/watch.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { createMetrics } from '../../src/observability/metrics.ts'

const NOW = 1_790_000_000
const clock = { now: () => NOW * 1000 }
const until = (notAfter: number): Coverage['validity'] => ({
  notBefore: 0,
  notAfter,
  boundBy: { notBefore: '', notAfter: '' },
})

test('what is missing counts before what ended, and that before what ends soon', () => {
  const table: readonly (readonly [Coverage, EndorsementReport['state']])[] = [
    [{ missing: [], validity: null }, 'complete'],
    [{ missing: [], validity: until(NOW + NOTICE) }, 'complete'],
    [{ missing: [], validity: until(NOW + NOTICE - 1) }, 'ending'],
    [{ missing: [], validity: until(NOW) }, 'ending'],
    [{ missing: [], validity: until(NOW - 1) }, 'ended'],
    [{ missing: ['crl'], validity: until(NOW - 1) }, 'incomplete'],
  ]
  for (const [coverage, state] of table) assert.equal(reportOf(coverage, NOW).state, state)
})

test('the operator hears once of what is missing, and again when it changes; first evidence is made for it', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let coverage: Coverage | null = null
  let prompts = 0
  const heard: EndorsementReport[] = []
  const watch = watchEndorsements({
    collected: { look: async () => undefined, coverage: () => coverage },
    clock,
    prompt: async () => {
      prompts++
      if (prompts === 1) throw new Error('the TEE does not answer yet')
      coverage = { missing: ['tcb-info'], validity: null }
    },
    tell: (report) => void heard.push(report),
    failed: (error) => assert.fail(String(error)),
  })
  t.after(() => watch.stop())
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  await settle()
  assert.deepEqual([prompts, heard, watch.report()], [1, [], null])
  t.mock.timers.tick(30_000)
  await settle()
  t.mock.timers.tick(30_000)
  await settle()
  assert.equal(prompts, 2)
  assert.deepEqual(heard, [{ state: 'incomplete', missing: ['tcb-info'], notAfter: null }])
  coverage = { missing: [], validity: until(NOW + 10 * NOTICE) }
  t.mock.timers.tick(30_000)
  await settle()
  assert.deepEqual(heard[1], { state: 'complete', missing: [], notAfter: NOW + 10 * NOTICE })
  assert.deepEqual(watch.report(), heard[1])
})

test('a defect in a look ends nothing: it is told, and the next look comes', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const failures: unknown[] = []
  const broken = new Error('defect')
  const watch = watchEndorsements({
    collected: {
      look: async () => undefined,
      coverage: () => {
        throw broken
      },
    },
    clock,
    prompt: async () => undefined,
    tell: () => assert.fail('nothing is known'),
    failed: (error) => void failures.push(error),
  })
  t.after(() => watch.stop())
  await new Promise((resolve) => setImmediate(resolve))
  t.mock.timers.tick(30_000)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual([failures, watch.report()], [[broken, broken], null])
})

test('a start waits for the folder, and not for one that hangs', async () => {
  let looked = false
  await lookPatiently({ look: async () => void (looked = true) })
  assert.ok(looked)
  // Ends by its own patience, or this test would.
  await lookPatiently({ look: () => new Promise(() => undefined) })
})

test('the lines hold codes, kinds and an end, and no name that is no plain word', () => {
  const lines: string[] = []
  const { refused, changed, tell, failed } = tellEndorsements(
    createLogger({ clock, destination: { write: (line) => void lines.push(line) } }),
  )
  refused('pem_malformed', 'chain.pem')
  refused('file_unknown', 'a\nb')
  changed(3)
  tell({ state: 'incomplete', missing: ['certificate', 'crl'], notAfter: NOW })
  tell({ state: 'ended', missing: [], notAfter: NOW })
  tell({ state: 'complete', missing: [], notAfter: null })
  failed(new Error('text from outside'))
  const read = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(
    read.map(({ level, event, code, file, kinds, until: end }) => [level, event, code, file, kinds, end]),
    [
      ['warn', 'endorsement_refused', 'pem_malformed', 'chain.pem', undefined, undefined],
      ['warn', 'endorsement_refused', 'file_unknown', undefined, undefined, undefined],
      ['info', 'endorsements_read', undefined, undefined, undefined, undefined],
      ['warn', 'endorsements_missing', undefined, undefined, 'certificate, crl', '2026-09-21T14:13:20.000Z'],
      ['warn', 'endorsements_ended', undefined, undefined, undefined, '2026-09-21T14:13:20.000Z'],
      ['info', 'endorsements_complete', undefined, undefined, undefined, undefined],
      ['error', 'endorsements_failed', undefined, undefined, undefined, undefined],
    ],
  )
  assert.doesNotMatch(lines.join(''), /text from outside/)
})

test('the metrics say how many kinds are missing, and how long the rest holds', async () => {
  const metrics = createMetrics()
  const scrape = async (): Promise<string> => (await metrics.exposition()).text
  assert.match(await scrape(), /^endorsements_missing (?:NaN|Nan)$/m)
  metrics.sources({ endorsements: () => ({ missing: ['crl'], secondsLeft: -5 }) })
  const text = await scrape()
  assert.match(text, /^endorsements_missing 1$/m)
  assert.match(text, /^endorsements_left_seconds -5$/m)
})
