import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyCertificate } from '@perf-aggregator/client'
import { certificateId, formatCertificateFile, readCertificate, readJson } from '@perf-aggregator/protocol'
import { samplePerformance } from '@perf-aggregator/testkit'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../src/store/tables.ts'
import { forEachDatabase } from '../database.ts'
import { type FaultMode, faultyDatabase } from '../database-faults.ts'
import { refusal } from '../refusal.ts'
import { CONTEXT, type Issuing, issuing, storedSession, UP_TO_DATE } from './issuer.ts'

type File = Parameters<typeof formatCertificateFile>[0]

async function verified(setting: Issuing, certificate: unknown) {
  const trust = { allowSimulator: true, measurements: [setting.release] }
  const now = Math.floor(setting.clock.now() / 1000)
  return await verifyCertificate(formatCertificateFile(certificate as File), trust, { now })
}

/** What an auditor of the table sees: every certificate verifies, the chain of the subject has neither gap nor fork. */
async function audit(setting: Issuing, db: Kysely<Database>): Promise<number> {
  const rows = await db.selectFrom('aggregates').selectAll().orderBy('seq').execute()
  let prev: string | null = null
  for (const [at, row] of rows.entries()) {
    assert.equal(row.draft, null, 'no draft is left behind')
    assert.ok(row.certificate)
    const { claims, id } = await verified(setting, readCertificate(readJson(row.certificate, 8)))
    assert.equal(id, row.id)
    assert.deepEqual([claims.seq, claims.prev], [at + 1, prev])
    prev = id
  }
  return rows.length
}

forEachDatabase((name, open) => {
  test(`a certificate verifies offline and is served as issued (${name})`, async (t) => {
    const { db } = await open(t)
    const setting = await issuing(t)
    const certificates = await setting.open(db)
    const session = await storedSession(db)
    const { id, certificate } = await certificates.issue([session], undefined, CONTEXT)
    const { claims } = await verified(setting, certificate)
    assert.deepEqual([claims.seq, claims.prev, claims.key_epoch], [1, null, 7])
    assert.deepEqual((await certificates.get(id)).certificate, certificate)
  })

  test(`certificates of one subject form a chain, also when asked for all at once (${name})`, async (t) => {
    const { db } = await open(t)
    const setting = await issuing(t)
    const certificates = await setting.open(db)
    const session = await storedSession(db)
    await certificates.issue([session], undefined, CONTEXT)
    await Promise.all(Array.from({ length: 15 }, () => certificates.issue([session], undefined, CONTEXT)))
    assert.equal(await audit(setting, db), 16)
  })

  test(`two replicas that draft for one subject at once make one chain (${name})`, async (t) => {
    const { db } = await open(t)
    const setting = await issuing(t)
    const replicas = [await setting.open(db), await setting.open(db)]
    const session = await storedSession(db)
    const requests = [...replicas, ...replicas].map((replica) => replica.issue([session], undefined, CONTEXT))
    await Promise.all(requests)
    assert.equal(await audit(setting, db), 4)
  })

  for (const mode of ['failed', 'failed_after_persisting'] as const satisfies readonly FaultMode[]) {
    test(`every statement ${mode} once: what was signed is finished later, nothing is lost or doubled (${name})`, async (t) => {
      const database = await open(t)
      const setting = await issuing(t)
      const { db, faults } = faultyDatabase(t, database)
      const session = await storedSession(database.db)
      await (await setting.open(db)).issue([session], undefined, CONTEXT)
      for (let at = 1, failed = true; failed; at += 1) {
        // A new process for each fault, as after a crash.
        const certificates = await setting.open(db)
        await certificates.finishDrafts()
        faults.arm(at, mode)
        failed = await certificates.issue([session], undefined, CONTEXT).then(
          () => faults.statements >= at,
          () => true,
        )
        faults.arm(0, mode)
        await (await setting.open(database.db)).finishDrafts()
        await audit(setting, database.db)
        assert.ok(at < 100, 'the faults come to an end')
      }
      assert.ok((await audit(setting, database.db)) > 3)
    })
  }

  test(`what a certificate may not be issued over is refused with its reason (${name})`, async (t) => {
    const { db } = await open(t)
    const setting = await issuing(t)
    const certificates = await setting.open(db)
    const one = await storedSession(db)
    const sameAccount = await storedSession(db, { account: one.account })
    const otherOwner = await storedSession(db, { clientKey: new Uint8Array(32).fill(1) })
    const otherUser = await storedSession(db, { userId: 'someone' })
    const issue = async (...sessions: (typeof one)[]) => await certificates.issue(sessions, undefined, CONTEXT)
    await assert.rejects(issue(one, sameAccount), refusal('duplicate_account'))
    await assert.rejects(issue(one, otherOwner), refusal('owner_mismatch'))
    await assert.rejects(issue(one, otherUser), refusal('owner_mismatch'))

    for (const state of ['collecting', 'venue_unavailable', 'key_refused'] as const) {
      const behind = await setting.open(db, { status: { ...UP_TO_DATE, state } })
      await assert.rejects(behind.issue([one], undefined, CONTEXT), refusal('collection_incomplete'))
    }
    const figures = samplePerformance()
    const unpriced = await setting.open(db, {
      performance: { ...figures, notes: { ...figures.notes, unpricedAssets: ['USDT'] } },
    })
    await assert.rejects(unpriced.issue([one], 'CHF', CONTEXT), refusal('currency_unpriced'))
    assert.deepEqual(await db.selectFrom('aggregates').selectAll().execute(), [])
  })

  test(`a certificate altered in the database is not served as it was (${name})`, async (t) => {
    const { db, asOwner } = await open(t)
    const setting = await issuing(t)
    const certificates = await setting.open(db)
    const { id } = await certificates.issue([await storedSession(db)], undefined, CONTEXT)
    await asOwner(async (owner) => {
      await sql`update aggregates set certificate = jsonb_set(certificate::jsonb, '{tlogProof}', '"forged"')::text`.execute(
        owner,
      )
    })
    const served = await certificates.get(id)
    await assert.rejects(verified(setting, served.certificate))
  })

  test(`what no reader would take is not issued, and costs no number (${name})`, async (t) => {
    const { db } = await open(t)
    const setting = await issuing(t)
    const session = await storedSession(db)
    const issue = async (markets: number) => {
      const certificates = await setting.open(db, { performance: samplePerformance(markets) })
      return await certificates.issue([session], undefined, CONTEXT)
    }
    await assert.rejects(issue(2_000), refusal('certificate_too_large'))
    assert.equal((await verified(setting, (await issue(500)).certificate)).claims.seq, 1)
    await audit(setting, db)
  })

  test(`a place in the chain that the host wrote is not signed over (${name})`, async (t) => {
    const { db, asOwner } = await open(t)
    const setting = await issuing(t)
    const certificates = await setting.open(db)
    const session = await storedSession(db)
    await certificates.issue([session], undefined, CONTEXT)
    for (const forgery of [
      sql`insert into aggregates (id, subject, seq, prev, mac)
        select ${'F'.repeat(43)}, subject, 41, ${'E'.repeat(43)}, mac from aggregates`,
      sql`update aggregates set seq = 41, prev = ${'E'.repeat(43)}`,
      sql`update aggregates set id = ${'F'.repeat(43)}`,
    ]) {
      await asOwner((owner) =>
        owner.transaction().execute(async (tx) => {
          await sql`delete from aggregate_sessions`.execute(tx)
          await forgery.execute(tx)
        }),
      )
      await assert.rejects(certificates.issue([session], undefined, CONTEXT), refusal('storage_altered'))
      await asOwner((owner) => sql`delete from aggregates`.execute(owner))
      await certificates.issue([session], undefined, CONTEXT)
    }
  })

  test(`a draft that the host wrote never reaches the log (${name})`, async (t) => {
    const { db, asOwner } = await open(t)
    const setting = await issuing(t)
    const certificates = await setting.open(db)
    await certificates.issue([await storedSession(db)], undefined, CONTEXT)
    const leaves = async () => await db.selectFrom('merkle_leaves').select('index').execute()
    const before = await leaves()
    const draft = (payload: string) => JSON.stringify({ statement: { payload, signatures: [] }, cmw: {} })
    for (const text of [draft('e30'), '{}', '{"statement":null}']) {
      await asOwner((owner) => sql`update aggregates set certificate = null, draft = ${text}`.execute(owner))
      await assert.rejects(certificates.finishDrafts(), refusal('storage_altered'))
    }
    const id = certificateId('e30')
    await asOwner(async (owner) => {
      await sql`delete from aggregate_sessions`.execute(owner)
      await sql`update aggregates set id = ${id}, draft = ${draft('e30')}`.execute(owner)
    })
    await assert.rejects(certificates.finishDrafts(), refusal('storage_altered'))
    assert.deepEqual(await leaves(), before)
  })

  test(`unknown and withdrawn certificates have their own answers (${name})`, async (t) => {
    const { db } = await open(t)
    const setting = await issuing(t)
    const certificates = await setting.open(db)
    const { id } = await certificates.issue([await storedSession(db)], undefined, CONTEXT)
    await assert.rejects(certificates.get('A'.repeat(43)), refusal('certificate_unknown'))
    await db.updateTable('aggregates').set({ certificate: null, withdrawn_at: new Date() }).execute()
    await assert.rejects(certificates.get(id), refusal('certificate_withdrawn'))
  })
})
