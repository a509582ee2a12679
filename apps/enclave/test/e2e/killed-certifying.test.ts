/**
 * The enclave killed while it issues certificates, and started again on what it left. Whatever anybody saw (a
 * certificate, a checkpoint) stays true; whatever was begun is finished, once, and the log only grows.
 */
import assert from 'node:assert/strict'

import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClientError, type EnclaveSession } from '@perf-aggregator/client'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { openHouse, RATE_LIMIT_SCALE, summaryWhen, Trader } from './house.ts'
import { Outsider } from './outsider.ts'
import { forEachPlace } from './place.ts'
import { outliveLeases, restore, type Served, serve } from './served.ts'

const VENUE = 'binance'
const WRITERS = 3
/** Certificates handed out before the kill, and the milliseconds from there: into measuring, storing, logging, releasing. */
const MOMENTS = [
  { after: 1, milliseconds: 0 },
  { after: 2, milliseconds: 7 },
  { after: 3, milliseconds: 17 },
]

forEachPlace((name, open) => {
  test(`killed while certifying: nothing is taken back (${name})`, { timeout: 300_000 }, async (t) => {
    const place = await open(t)
    const sandbox = await startSandbox({ fillsPerAccount: 100, rateLimitScale: RATE_LIMIT_SCALE })
    t.after(() => sandbox.stop())
    const outsider = new Outsider()

    let house = await serve(place, sandbox)
    t.after(() => house.kill())
    const trader = await Trader.arrive(house, sandbox)
    const exported = await (await trader.register(VENUE)).exportSession()
    for (const { after, milliseconds } of MOMENTS) {
      const session = await restore(exported, house)
      await outsider.look(house)
      const handedOut = new EventEmitter()
      const killing = (async () => {
        for (let seen = 0; seen < after; seen += 1) await once(handedOut, 'certificate')
        await sleep(milliseconds)
        await house.kill()
      })()
      await Promise.all(Array.from({ length: WRITERS }, () => certifyUntilDead(session, house, outsider, handedOut)))
      await killing
      t.diagnostic(`killed, ${outsider.certificates.length} certificates so far`)
      await outliveLeases(place)
      if (MOMENTS.at(-1)?.after !== after) house = await serve(place, sandbox)
    }

    await using last = await openHouse(place, sandbox)
    const session = await restore(exported, last)
    await summaryWhen(session, ({ state }) => state === 'up_to_date')
    outsider.keep(await session.requestCertificate())
    assert.ok(outsider.certificates.length > MOMENTS.length)
    const log = await outsider.visit(last)
    await last.stop()

    const begun = await place.asOwner(async (owner) =>
      owner.selectFrom('aggregates').select(['id', 'seq', 'prev', 'certificate']).orderBy('seq').execute(),
    )
    t.diagnostic(`${begun.length} certificates begun, ${outsider.certificates.length} seen`)
    assert.equal(log.size, begun.length)
    for (const [at, { seq, prev, certificate }] of begun.entries()) {
      assert.ok(certificate !== null, 'a certificate was left half made')
      assert.deepEqual([seq, prev], [at + 1, begun[at - 1]?.id ?? null])
    }
  })
})

/** Asks for one certificate after the other until the enclave is gone. */
async function certifyUntilDead(
  session: EnclaveSession,
  house: Served,
  outsider: Outsider,
  handedOut: EventEmitter,
): Promise<void> {
  try {
    for (;;) {
      outsider.keep(await session.requestCertificate({ wait: 30 }))
      handedOut.emit('certificate')
      await outsider.look(house)
    }
  } catch (error) {
    if (error instanceof ClientError && error.code !== 'network') throw error
  }
}
