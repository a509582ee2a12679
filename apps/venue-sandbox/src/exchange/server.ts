import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange } from './exchange.ts'
import type { Faults } from './faults.ts'
import { closeAtOnce, listenLocally, readBody } from './loopback.ts'
import { Refusal, type VenueResponse } from './message.ts'

const BODY_LIMIT = 1 << 20
/** On every answer, so that nobody mistakes the sandbox for a venue. */
export const SANDBOX_HEADER = 'x-venue-sandbox'

export type Counters = Record<string, number>

/** One venue's HTTP server on 127.0.0.1, with its faults between the wire and the exchange. */
export class VenueServer {
  readonly #server: Server
  readonly #exchange: Exchange
  readonly #faults: Faults
  readonly #clock: () => number
  #counters: Counters = {}

  constructor(exchange: Exchange, faults: Faults, clock: () => number) {
    this.#exchange = exchange
    this.#faults = faults
    this.#clock = clock
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
    this.#server.keepAliveTimeout = 30_000
  }

  /** Requests per `METHOD path`, ids in paths written `{id}`; the misbehaved ones included. */
  get counters(): Readonly<Counters> {
    return this.#counters
  }

  resetCounters(): void {
    this.#counters = {}
  }

  /** Port 0: any free one. Resolves to the address. */
  async listen(port: number): Promise<string> {
    return await listenLocally(this.#server, port)
  }

  async stop(): Promise<void> {
    await closeAtOnce(this.#server)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, BODY_LIMIT)
    const target = request.url ?? '/'
    const mark = target.indexOf('?')
    const path = mark < 0 ? target : target.slice(0, mark)
    const query = mark < 0 ? '' : target.slice(mark + 1)
    const method = request.method ?? 'GET'
    const counter = `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '{id}')}`
    this.#counters[counter] = (this.#counters[counter] ?? 0) + 1
    const slow = this.#faults.strike('slow', path)
    if (slow !== undefined) await sleep(slow.ms)
    if (this.#faults.strike('reset', path) !== undefined) {
      request.socket.resetAndDestroy()
      return
    }
    const now = this.#clock() + (this.#faults.standing('clock_skew')?.ms ?? 0)
    const failing = this.#faults.strike('status', path)
    const answer =
      failing === undefined
        ? this.#answer({ method, path, query, headers: request.headers, body, now })
        : this.#exchange.failure(failing.status, failing.retryAfter, now)
    this.#send(response, path, answer)
  }

  #answer(request: Parameters<Exchange['answer']>[0]): VenueResponse {
    try {
      return this.#exchange.answer(request)
    } catch (error) {
      if (error instanceof Refusal) return error.response
      // A bug of the sandbox must not pass for a venue's bad day.
      const message = error instanceof Error ? error.message : 'unknown'
      return { status: 500, headers: { [`${SANDBOX_HEADER}-bug`]: '1' }, body: { sandbox_bug: message } }
    }
  }

  #send(response: ServerResponse, path: string, answer: VenueResponse): void {
    const text = typeof answer.body === 'string'
    const body = Buffer.from(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
    const headers = {
      'content-type': text ? 'text/plain; charset=utf-8' : 'application/json;charset=UTF-8',
      [SANDBOX_HEADER]: '1',
      ...answer.headers,
    }
    if (this.#faults.strike('wrong_json', path) !== undefined) {
      response.writeHead(200, { ...headers, 'content-type': 'text/html' })
      response.end('<!DOCTYPE html><html><body>One moment, please…</body></html>')
      return
    }
    response.writeHead(answer.status, { ...headers, 'content-length': String(body.length) })
    if (this.#faults.strike('truncate', path) === undefined) {
      response.end(body)
      return
    }
    response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.destroy())
  }
}
