import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Harness, SESSION_ID, SUBMISSION, start, TOKEN } from './harness.ts'

const MARKER = 'pLaNtEd-4711'

const POSTS = [
  { url: '/enclave/submit_key', valid: SUBMISSION },
  { url: '/enclave/revoke', valid: { session_id: SESSION_ID } },
  { url: '/enclave/request_aggregates', valid: { session_id: SESSION_ID, include: [], reporting_currency: 'USD' } },
  { url: '/api/records', valid: { data: 'x', content_type: 'text/plain', label: 'a', encoding: 'utf8' } },
] as const

/** Anything JSON can say, the marker in texts and names. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, 0, -1, 1e300, 0.5, MARKER, '', `${MARKER}=`, '__proto__'),
    fc.string({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(MARKER, 'metadata', 'session_id', 'toString', 'length'), tie('value'), {
      maxKeys: 3,
    }),
  ),
})).value

async function answered({ server }: Harness, url: string, payload: string) {
  const response = await server.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', authorization: TOKEN },
    payload,
  })
  assert.ok(response.statusCode < 500, `${url} ${payload}: ${response.body}`)
  // A label that was accepted is answered; what was refused is not.
  if (response.statusCode >= 400) assert.doesNotMatch(response.body, new RegExp(MARKER), `${url} ${payload}`)
  return response
}

test('no JSON body makes a route fail or repeat what was sent', async (t) => {
  const harness = await start(t)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...POSTS), json, async ({ url }, body) => {
      await answered(harness, url, JSON.stringify(body))
    }),
    { numRuns: 300 },
  )
})

test('a valid body with one field replaced or added is refused or accepted, never failed or repeated', async (t) => {
  const harness = await start(t)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...POSTS), fc.nat(), json, async ({ url, valid }, pick, value) => {
      const names = [...Object.keys(valid), MARKER]
      const name = names[pick % names.length] ?? MARKER
      await answered(harness, url, JSON.stringify({ ...valid, [name]: value }))
    }),
    { numRuns: 300 },
  )
})

test('a body cut short or with one byte changed is never failed or repeated', async (t) => {
  const harness = await start(t)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...POSTS), fc.nat(), fc.nat(255), fc.boolean(), async (post, at, byte, cut) => {
      const bytes = Buffer.from(JSON.stringify({ ...post.valid, label: MARKER }))
      const place = at % bytes.length
      bytes[place] = byte
      await answered(harness, post.url, (cut ? bytes.subarray(0, place) : bytes).toString('latin1'))
    }),
    { numRuns: 300 },
  )
})

test('no path and no query makes a route fail or repeat what was sent', async (t) => {
  const harness = await start(t)
  const part = fc.oneof(
    fc.constantFrom(
      'enclave',
      'summary',
      'log',
      'tile',
      '0',
      '000',
      'api',
      'records',
      'docs',
      'static',
      MARKER,
      '%2e',
      '%zz',
    ),
    fc.string({ maxLength: 12 }).map(encodeURIComponent),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 5 }), fc.option(part), async (parts, query) => {
      const url = `/${parts.join('/')}${query === null ? '' : `?${MARKER}=${query}`}`
      const response = await harness.server.inject({ url, headers: { authorization: TOKEN } })
      assert.ok(response.statusCode < 500, `${url}: ${response.body}`)
      if (!url.startsWith('/docs')) assert.doesNotMatch(response.body, new RegExp(MARKER), url)
    }),
    { numRuns: 300 },
  )
})
