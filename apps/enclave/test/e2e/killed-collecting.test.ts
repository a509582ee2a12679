/**
 * The enclave killed while it collects (SIGKILL: no handler, no flush) and started again on what it left. Nothing may be
 * lost, counted twice, or left stuck.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { openHouse, RATE_LIMIT_SCALE, summaryWhen, Trader } from './house.ts'
import { forEachPlace } from './place.ts'
import { outliveLeases, restore, serve } from './served.ts'

const FILLS = 5_000
const PAGE = 40
const VENUE = 'binance'
/** Fills after which the enclave is killed, as a summary shows them. */
const MOMENTS = [1, 900, 2_700]

forEachPlace((name, open) => {
  test(`killed while collecting: every fill once (${name})`, { timeout: 300_000 }, async (t) => {
    const place = await open(t)
    const sandbox = await startSandbox({
      fillsPerAccount: { binance: FILLS, coinbase: 1, kraken: 1 },
      pageSize: { binance: PAGE },
      rateLimitScale: RATE_LIMIT_SCALE,
    })
    t.after(() => sandbox.stop())

    let house = await serve(place, sandbox)
    t.after(() => house.kill())
    const trader = await Trader.arrive(house, sandbox)
    const exported = await (await trader.register(VENUE)).exportSession()
    let before = 0
    for (const moment of MOMENTS) {
      const session = await restore(exported, house)
      const { collection } = await summaryWhen(session, ({ fills }) => fills >= moment)
      assert.ok(collection.fills >= before, 'what was collected stays collected')
      assert.notEqual(collection.state, 'up_to_date', 'killed too late to matter')
      before = collection.fills
      await house.kill()
      t.diagnostic(`killed at ${before} fills`)
      await outliveLeases(place)
      if (moment !== MOMENTS.at(-1)) house = await serve(place, sandbox)
    }

    await using last = await openHouse(place, sandbox)
    const session = await restore(exported, last)
    const { collection } = await summaryWhen(session, ({ state }) => state === 'up_to_date')
    assert.deepEqual([collection.fills, collection.conflicts], [FILLS, 0])
    const { certificate } = await session.requestCertificate()
    const { total, notes, completeness } = certificate.claims.performance
    assert.deepEqual([total.fills, notes.duplicates], [sandbox.traders[VENUE].fills().length, 0])
    for (const { complete, assets } of completeness) {
      assert.ok(complete)
      for (const { asset, residual } of assets) assert.match(residual, /^0(\.0+)?$/, asset)
    }
  })
})
