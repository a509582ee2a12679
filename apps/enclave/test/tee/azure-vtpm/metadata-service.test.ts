import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { encodeBase64Url } from '@perf-aggregator/attestation/bytes'
import { amdCertificates, tdQuote } from '../../../src/tee/azure-vtpm/metadata-service.ts'
import { type Machine, systemMachine } from '../../../src/tee/machine.ts'
import { azureMachine, UNAVAILABLE } from './azure-machine.ts'
import { certification } from './fake-metadata.ts'

const GENUINE = certification(azureMachine().tpm.vm().machine.chain)
const REPORT = new Uint8Array(1024).fill(3)

/** What answers on loopback; each test puts its own. */
let listener: RequestListener
let server: Server
before(async () => {
  server = createServer((request, response) => listener(request, response))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
})
after(() => {
  server.closeAllConnections()
  server.close()
})

/** The machine's own `fetch`, led to loopback. */
const fetchThere: Machine['fetch'] = (address, request) => {
  const { port } = server.address() as AddressInfo
  return systemMachine.fetch(address.replace('http://169.254.169.254', `http://127.0.0.1:${port}`), request)
}

const answering =
  (json: unknown, status = 200): Machine['fetch'] =>
  async () =>
    new Response(typeof json === 'string' ? json : JSON.stringify(json), { status })

test('over HTTP: the certificates leaf first, and the quote of the report that was sent', async () => {
  const seen: unknown[] = []
  listener = (request, response) => {
    let body = ''
    request.on('data', (part) => (body += String(part)))
    request.on('end', () => {
      seen.push([request.method, request.url, request.headers['metadata'] ?? null, body])
      response.end(JSON.stringify(request.method === 'GET' ? GENUINE : { quote: encodeBase64Url(REPORT) }))
    })
  }
  assert.equal((await amdCertificates({ fetch: fetchThere })).length, 3)
  assert.deepEqual(await tdQuote(REPORT, { fetch: fetchThere }), REPORT)
  assert.deepEqual(seen, [
    ['GET', '/metadata/THIM/amd/certification', 'true', ''],
    ['POST', '/acc/tdquote', null, JSON.stringify({ report: encodeBase64Url(REPORT) })],
  ])
})

for (const [what, answer, message] of [
  ['a connection that is cut', (request) => request.socket.destroy(), /does not answer$/],
  ['an answer without an end', (_, response) => response.write('{'), /did not answer in time$/],
  ['no answer', () => undefined, /did not answer in time$/],
  ['an answer too long to be one', (_, response) => response.end('x'.repeat(65_537)), /more than it has to say$/],
  ['an answer cut short', (_, response) => response.writeHead(200, { 'content-length': 9 }).end('{'), /answer/],
] as const satisfies readonly (readonly [string, RequestListener, RegExp])[]) {
  test(`over HTTP: ${what}`, async () => {
    listener = answer
    await assert.rejects(amdCertificates({ fetch: fetchThere, patience: 300 }), { ...UNAVAILABLE, message })
    await assert.rejects(tdQuote(REPORT, { fetch: fetchThere, patience: 300 }), { ...UNAVAILABLE, message })
  })
}

test('over HTTP: a redirection is not followed, not even to the right answer', async () => {
  listener = (request, response) => {
    if (request.url === '/other') response.end(JSON.stringify({ ...GENUINE, quote: 'AAAA' }))
    else response.writeHead(307, { location: '/other' }).end()
  }
  await assert.rejects(amdCertificates({ fetch: fetchThere }), { ...UNAVAILABLE, message: /does not answer$/ })
  await assert.rejects(tdQuote(REPORT, { fetch: fetchThere }), { ...UNAVAILABLE, message: /does not answer$/ })
})

for (const status of [201, 204, 400, 404, 410, 429, 500, 503]) {
  test(`status ${status} is told`, async () => {
    const fetch: Machine['fetch'] = async () => new Response(null, { status })
    const refused = { ...UNAVAILABLE, message: `Azure's metadata service answered with status ${status}` }
    await assert.rejects(amdCertificates({ fetch }), refused)
    await assert.rejects(tdQuote(REPORT, { fetch }), refused)
  })
}

for (const [what, json, kind] of [
  ['no JSON', '<html>', 'JSON'],
  ['bytes that are no text', '\u{fffd}{', 'JSON'],
  ['another shape', [], 'certificates'],
  ['nothing', null, 'certificates'],
  ['no leaf', { ...GENUINE, vcekCert: undefined }, 'certificates'],
  ['a leaf that is no text', { ...GENUINE, vcekCert: 7 }, 'certificates'],
  ['a leaf that is no PEM', { ...GENUINE, vcekCert: 'MIIC' }, 'certificates'],
  ['no chain', { ...GENUINE, certificateChain: '' }, 'certificates'],
  ['something it never said', { ...GENUINE, other: 'x' }, 'certificates'],
] as const) {
  test(`instead of certificates, ${what}`, async () => {
    await assert.rejects(amdCertificates({ fetch: answering(json) }), {
      ...UNAVAILABLE,
      message: `Azure's metadata service answered with something that is not ${kind}`,
    })
  })
}

test('more certificates than a chain has are refused', async () => {
  const fetch = answering({ ...GENUINE, certificateChain: (GENUINE['vcekCert'] ?? '').repeat(8) })
  await assert.rejects(amdCertificates({ fetch }), { ...UNAVAILABLE, message: /no chain of certificates$/ })
})

test('a quote in base64url with padding is read too', async () => {
  const fetch = answering({ quote: `${encodeBase64Url(REPORT)}==` })
  assert.deepEqual(await tdQuote(REPORT, { fetch }), REPORT)
})

for (const [what, json, kind] of [
  ['no JSON', 'quote', 'JSON'],
  ['nothing', null, 'a TD quote'],
  ['text', '"quote"', 'a TD quote'],
  ['no quote', {}, 'a TD quote'],
  ['a quote that is no text', { quote: 7 }, 'a TD quote'],
  ['an empty quote', { quote: '' }, 'a TD quote'],
  ['a quote in another alphabet', { quote: 'a+b/' }, 'a TD quote'],
  ['a quote longer than any', { quote: encodeBase64Url(new Uint8Array(32_769)) }, 'a TD quote'],
] as const) {
  test(`instead of a quote, ${what}`, async () => {
    await assert.rejects(tdQuote(REPORT, { fetch: answering(json) }), {
      ...UNAVAILABLE,
      message: `Azure's metadata service answered with something that is not ${kind}`,
    })
  })
}
