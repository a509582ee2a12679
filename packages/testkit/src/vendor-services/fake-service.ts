/** FAKE. One vendor's service on loopback: what it answers is a table of paths, and what goes wrong is queued. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

export interface FakeService extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at the end */
  readonly url: string
  /** Path and query of every request, in order. */
  readonly requests: readonly string[]
  /** Answers the next requests with these before it answers for itself. */
  readonly instead: (...answers: readonly FakeAnswer[]) => void
}

/** @param answer what the service documents for a path; null is its 404 */
export async function fakeService(answer: (url: URL) => FakeAnswer | null): Promise<FakeService> {
  const requests: string[] = []
  const queued: FakeAnswer[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    requests.push(path)
    const found = request.method === 'GET' ? (queued.shift() ?? answer(new URL(path, 'http://fake'))) : { status: 405 }
    const { status, headers = {}, body = '' } = found ?? { status: 404 }
    response.writeHead(status, headers)
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    instead: (...answers) => void queued.push(...answers),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
