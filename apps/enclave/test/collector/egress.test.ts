import assert from 'node:assert/strict'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Fetch } from '../../src/collector/egress.ts'
import { createEgress } from '../../src/collector/egress.ts'
import { allowedOrigins } from '../../src/collector/venues/clients.ts'
import { refusal } from '../refusal.ts'

async function withServer(
  answer: RequestListener,
  task: (origin: string, fetch: Fetch) => Promise<void>,
): Promise<void> {
  const server: Server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { fetch, close } = createEgress(new Set([origin]))
  try {
    await task(origin, fetch)
  } finally {
    close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const get = (url: string) => ({ method: 'GET', url, headers: {}, body: undefined })

test('only the listed origins are spoken to', async () => {
  let asked = 0
  await withServer(
    (_request, response) => {
      asked += 1
      response.end('ok')
    },
    async (origin, fetch) => {
      assert.equal((await fetch(get(`${origin}/a?b=c`))).body, 'ok')
      const { port } = new URL(origin)
      for (const url of [
        `http://localhost:${port}/`,
        `http://127.0.0.2:${port}/`,
        `https://127.0.0.1:${port}/`,
        `http://user@127.0.0.1:${port}/`,
        `http://127.0.0.1:${Number(port) + 1}/`,
        'https://api.binance.com.evil.example/',
        'file:///etc/passwd',
        'no url',
      ]) {
        await assert.rejects(fetch(get(url)), refusal('egress_refused'), url)
      }
      assert.equal(asked, 1)
    },
  )
})

test('the live list is https to the three venues, and nothing else', () => {
  assert.deepEqual([...allowedOrigins(null)].toSorted(), [
    'https://api.binance.com',
    'https://api.coinbase.com',
    'https://api.kraken.com',
  ])
})

test('a redirect is an answer, never followed', async () => {
  const seen: string[] = []
  await withServer(
    (request, response) => {
      seen.push(request.url ?? '')
      response.writeHead(302, { location: '/elsewhere' })
      response.end()
    },
    async (origin, fetch) => {
      assert.equal((await fetch(get(`${origin}/here`))).status, 302)
      assert.deepEqual(seen, ['/here'])
    },
  )
})

test('bodies, gzip and Retry-After', async () => {
  await withServer(
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        response.writeHead(429, { 'content-encoding': 'gzip', 'retry-after': '7' })
        response.end(
          gzipSync(`${request.method} ${request.headers['content-length']} ${Buffer.concat(chunks).toString()}`),
        )
      })
    },
    async (origin, fetch) => {
      const answer = await fetch({
        method: 'POST',
        url: origin,
        headers: { 'content-type': 'text/plain' },
        body: 'grün',
      })
      assert.deepEqual(answer, { status: 429, retryAfterSeconds: 7, body: 'POST 5 grün' })
    },
  )
})

test('half an answer is none, and no error says more than that', { timeout: 8_000 }, async () => {
  const halves: readonly RequestListener[] = [
    (_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => response.destroy())
    },
    (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' })
      response.end(gzipSync('whole answer').subarray(0, 15))
    },
    (request) => {
      request.socket.destroy()
    },
    // Of another protocol, for which nobody asked.
    (request) => {
      request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: s3cret\r\n\r\n')
    },
  ]
  for (const half of halves) {
    await withServer(half, async (origin, fetch) => {
      await assert.rejects(fetch(get(`${origin}/?signature=s3cret`)), (error: Error) => {
        assert.ok(refusal('venue_unavailable')(error))
        assert.ok(!`${error.stack}${String(error.cause)}`.includes('s3cret'))
        return true
      })
    })
  }
})

test('a host that is not there is venue_unavailable', async () => {
  const { fetch, close } = createEgress(new Set(['http://127.0.0.1:1']))
  await assert.rejects(fetch(get('http://127.0.0.1:1/')), refusal('venue_unavailable'))
  close()
})
