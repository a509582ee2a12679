import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { fakeService } from '../../../../../packages/testkit/src/vendor-services/fake-service.ts'
import { type Asking, ask, waitOf } from '../../../src/attest/fetch/ask.ts'

const NOW = Date.UTC(2026, 0, 31, 12)

/** Waits nowhere, and remembers for how long it would have. */
function asking(): Asking & { readonly waits: number[]; readonly said: string[] } {
  const waits: number[] = []
  const said: string[] = []
  return {
    waits,
    said,
    fetch: (input, init) => fetch(input, init),
    clock: { now: () => NOW, sleep: async (milliseconds) => void waits.push(milliseconds) },
    tell: (line) => void said.push(line),
  }
}

const FINE = { status: 200, headers: { 'X-Chain': 'c' }, body: 'bytes' }
const code = (expected: string) => ({ name: 'FetchError', code: expected })

async function service(t: TestContext) {
  const made = await fakeService(() => FINE)
  t.after(() => made[Symbol.asyncDispose]())
  return made
}

test('an answer with its headers, asked for once', async (t) => {
  const vendor = await service(t)
  const answer = await ask(`${vendor.url}/x?y=1`, asking())
  assert.deepEqual(
    [Buffer.from(answer.bytes).toString(), answer.header('x-chain'), answer.header('z')],
    ['bytes', 'c', null],
  )
  assert.deepEqual(vendor.requests, ['/x?y=1'])
})

test('who asks to wait is waited for, as long as it says, and else ten seconds', async (t) => {
  const vendor = await service(t)
  vendor.instead(
    { status: 429, headers: { 'Retry-After': '7' } },
    { status: 429 },
    { status: 429, headers: { 'Retry-After': new Date(NOW + 33_000).toUTCString() } },
    { status: 503, headers: { 'Retry-After': '40' } },
  )
  const tool = asking()
  await ask(vendor.url, tool)
  assert.deepEqual(tool.waits, [7_000, 10_000, 33_000, 40_000])
  assert.equal(vendor.requests.length, 5)
  assert.match(tool.said[0] ?? '', /^127\.0\.0\.1:\d+ asks to wait \(429\): again in 7 s$/)
})

test('it gives up after five tries, and at once where the wait is longer than anybody waits', async (t) => {
  const vendor = await service(t)
  vendor.instead(...Array.from({ length: 5 }, () => ({ status: 502 })))
  const tool = asking()
  await assert.rejects(ask(vendor.url, tool), code('vendor_unreachable'))
  assert.deepEqual(tool.waits, [1_000, 3_000, 10_000, 20_000])
  vendor.instead({ status: 429, headers: { 'Retry-After': '3600' } })
  const impatient = asking()
  await assert.rejects(ask(vendor.url, impatient), code('vendor_busy'))
  assert.deepEqual(impatient.waits, [])
})

test('a refusal is final, and nothing of it is repeated', async (t) => {
  const vendor = await service(t)
  for (const [status, expected] of [
    [404, 'vendor_unknown'],
    [400, 'vendor_refused'],
    [403, 'vendor_refused'],
    [302, 'vendor_refused'],
    [204, 'vendor_refused'],
  ] as const) {
    vendor.instead({
      status,
      headers: { location: 'http://127.0.0.1:1/', 'x-note': 'pLaNtEd' },
      ...(status > 400 && { body: 'pLaNtEd' }),
    })
    const tool = asking()
    await assert.rejects(ask(vendor.url, tool), (error: Error) => {
      assert.equal((error as Error & { code: string }).code, expected)
      assert.doesNotMatch(error.message, /pLaNtEd/)
      return true
    })
    assert.deepEqual(tool.waits, [])
  }
})

test('an answer without an end, or longer than any, is not read to its end', async (t) => {
  const vendor = await service(t)
  vendor.instead({ status: 200, body: new Uint8Array(1_048_577) })
  await assert.rejects(ask(vendor.url, asking()), code('answer_too_large'))
  const endless = createServer((_request, response) => {
    const more = (): void => {
      while (response.write(new Uint8Array(65_536)));
      response.once('drain', more)
    }
    more()
  })
  await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    endless.closeAllConnections()
    endless.close()
  })
  const { port } = endless.address() as AddressInfo
  await assert.rejects(ask(`http://127.0.0.1:${port}`, asking()), code('answer_too_large'))
})

test('nobody there is tried again, and then said', async () => {
  const vendor = await fakeService(() => FINE)
  await vendor[Symbol.asyncDispose]()
  const tool = asking()
  await assert.rejects(ask(vendor.url, tool), code('vendor_unreachable'))
  assert.equal(tool.waits.length, 4)
})

test('Retry-After is seconds or a date', () => {
  const table: readonly (readonly [string | null, number | null])[] = [
    ['0', 0],
    ['10', 10_000],
    ['Sat, 31 Jan 2026 12:00:05 GMT', 5_000],
    ['Sat, 31 Jan 2026 11:00:00 GMT', 0],
    ['soon', null],
    ['', null],
    [null, null],
  ]
  for (const [header, wait] of table) {
    assert.equal(waitOf(header, NOW), wait, String(header))
  }
})
