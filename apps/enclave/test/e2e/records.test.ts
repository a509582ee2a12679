/** Sealed records over HTTP, with a token made as an operator makes one; and the host who owns the database. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { sql } from 'kysely'
import { manageTokens, readConfiguration } from '../../src/main.ts'
import { openHouse } from './house.ts'
import { forEachPlace, type Place } from './place.ts'

const TEXT = 'Sehr geehrte Damen und Herren: überaus vertraulich'
const BYTES = Buffer.from([0xff, 0x00, 0xfe, 0x80])

forEachPlace((name, open) => {
  test(`records are kept, listed, audited and destroyed; the host cannot swap them (${name})`, async (t) => {
    const place = await open(t)
    const sandbox = await startSandbox({ fillsPerAccount: 1 })
    t.after(() => sandbox.stop())
    const { token, other } = await tokensFor(place)
    const ids: string[] = []
    {
      await using house = await openHouse(place, sandbox)
      const ask = asking(house.url, token)
      for (const body of [
        { data: TEXT, content_type: 'text/plain', label: 'letter' },
        { data: BYTES.toString('base64'), encoding: 'base64' },
        { data: 'third' },
      ]) {
        const made = await ask('POST', '/api/records', body)
        assert.equal(made.status, 201)
        ids.push((made.body as { id: string }).id)
      }
      const [letter = '', bytes = '', third = ''] = ids
      assert.deepEqual(pick((await ask('GET', `/api/records/${letter}`)).body), ['utf8', TEXT])
      assert.deepEqual(pick((await ask('GET', `/api/records/${bytes}`)).body), ['base64', BYTES.toString('base64')])

      const first = (await ask('GET', '/api/records?limit=2')).body as Listing
      const second = (await ask('GET', `/api/records?limit=2&after=${first.next}`)).body as Listing
      assert.deepEqual([...first.records, ...second.records].map(({ id }) => id).toSorted(), ids.toSorted())
      assert.equal(second.next, null)

      const strangers = asking(house.url, other)
      assert.deepEqual(codeOf(await strangers('GET', `/api/records/${letter}`)), [404, 'record_unknown'])
      assert.deepEqual(codeOf(await asking(house.url, null)('GET', '/api/records')), [401, 'token_missing'])
      assert.deepEqual(codeOf(await asking(house.url, `${token}x`)('GET', '/api/records')), [401, 'token_invalid'])
      assert.equal((await ask('DELETE', `/api/records/${third}`)).status, 204)
      assert.deepEqual(codeOf(await ask('GET', `/api/records/${third}`)), [404, 'record_unknown'])
    }

    const [letter = '', bytes = ''] = ids
    await place.asOwner(async (owner) => {
      const rows = await owner.selectFrom('records').selectAll().where('id', 'in', [letter, bytes]).execute()
      const [one, two] = rows
      assert.ok(one && two && rows.length === 2)
      for (const [to, from] of [
        [one, two],
        [two, one],
      ] as const) {
        await sql`update records set wrapped_key = ${from.wrapped_key}, sealed = ${from.sealed}
          where id = ${to.id}`.execute(owner)
      }
    })
    await using house = await openHouse(place, sandbox)
    const ask = asking(house.url, token)
    assert.deepEqual(codeOf(await ask('GET', `/api/records/${letter}`)), [500, 'record_altered'])
    assert.deepEqual(codeOf(await ask('GET', `/api/records/${bytes}`)), [500, 'record_altered'])
    await house.stop()

    const audited = await place.asOwner(async (owner) =>
      owner.selectFrom('ops_logs').selectAll().where('tenant', '=', 'clinic').orderBy('id').execute(),
    )
    const events = new Set(audited.map(({ event }) => event))
    assert.ok(events.size >= 4, [...events].join())
    for (const { request_id } of audited) assert.match(request_id, /\S{8,}/)
    const written = JSON.stringify(audited)
    for (const content of ['vertraulich', 'letter', 'third', token]) assert.ok(!written.includes(content), content)
  })
})

interface Listing {
  readonly records: readonly { readonly id: string }[]
  readonly next: string | null
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

async function tokensFor({ dataDirectory, databaseUrl }: Place) {
  const configuration = readConfiguration({
    TEE: 'simulator',
    DATA_DIR: dataDirectory,
    ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
  })
  return await manageTokens(configuration, async (tokens) => ({
    token: (await tokens.create('clinic', ['records'], 1)).token,
    other: (await tokens.create('neighbour', ['records'], 1)).token,
  }))
}

function asking(url: string, token: string | null) {
  return async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) }
  }
}

function codeOf({ status, body }: Answer): readonly [number, string] {
  return [status, (body as { code: string }).code]
}

function pick(body: unknown): readonly [string, string] {
  const { encoding, data } = body as { encoding: string; data: string }
  return [encoding, data]
}
