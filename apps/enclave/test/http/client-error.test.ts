import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { start } from './harness.ts'

test('bytes that are no HTTP request are answered with a problem, and not repeated', async (t) => {
  const { server } = await start(t)
  const port = Number(new URL(await server.listen({ host: '127.0.0.1', port: 0 })).port)
  for (const bytes of ['pLaNtEd nonsense\r\n\r\n', `GET / HTTP/1.1\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`]) {
    const socket = connect(port, '127.0.0.1')
    socket.write(bytes)
    const answer = await text(socket)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    assert.match(head, /^HTTP\/1\.1 400 Bad Request\r\n/)
    assert.match(head, /content-type: application\/problem\+json/)
    const problem = JSON.parse(body) as { code: string; request_id: string }
    assert.equal(problem.code, 'invalid_request')
    assert.ok(head.includes(`x-request-id: ${problem.request_id}`))
    assert.doesNotMatch(answer, /pLaNtEd|aaaa/)
  }
})

for (const [what, head] of [
  ['head', 'POST /enclave/revoke HTTP/1.1\r\nhost: x\r\n'],
  [
    'body',
    'POST /enclave/revoke HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n{',
  ],
] as const) {
  test(`a ${what} that trickles holds its socket for no longer than the patience of the server`, async (t) => {
    const { server } = await start(t, undefined, {}, 600)
    const port = Number(new URL(await server.listen({ host: '127.0.0.1', port: 0 })).port)
    const socket = connect(port, '127.0.0.1')
    socket.write(head)
    const trickle = setInterval(() => socket.write('a'), 100)
    const giveUp = setTimeout(() => socket.destroy(new Error('still open')), 20_000)
    try {
      assert.match(await text(socket), /^HTTP\/1\.1 400 Bad Request\r\n/)
    } finally {
      clearInterval(trickle)
      clearTimeout(giveUp)
    }
  })
}
