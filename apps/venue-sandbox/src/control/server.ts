import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { VENUES, type VenueId } from '../account/profile.ts'
import { AmountError } from '../amount/amount.ts'
import type { Fault } from '../exchange/faults.ts'
import { closeAtOnce, listenLocally, readBody } from '../exchange/loopback.ts'
import { SANDBOX_HEADER } from '../exchange/server.ts'
import type { Sandbox } from '../sandbox.ts'
import { ControlError, faultOf, fieldsOf, number, optionalNumber, text } from './fault-request.ts'

const BODY_LIMIT = 1 << 16

/**
 * Discovery and misbehaviour over HTTP, on an address of its own so that no client of a venue ever meets it:
 *
 *     GET    /                          {sandbox, venues: {binance: {url}, …}, rate_limit_scale}
 *     GET    /control/{venue}           {faults, requests, balances, fills}
 *     POST   /control/{venue}           a fault: {kind, times?, after?, percent?, path?, …}
 *     DELETE /control/{venue}           disarms everything, restores the keys
 *     POST   /control/{venue}/trade     {fills, visible_after_ms?}
 *     POST   /control/{venue}/flow      {direction: "in"|"out", asset, amount, fee?}
 *     POST   /control/{venue}/correct   {}
 *     POST   /control/{venue}/key       {api_key, change: "revoke"|"allow_trading"}
 *
 * Requests that change something must say `content-type: application/json`, which a foreign web page cannot.
 */
export class ControlServer {
  readonly #server: Server
  readonly #sandbox: Omit<Sandbox, 'discoveryUrl' | 'stop'>
  readonly #armed: (venue: VenueId) => readonly Fault[]
  readonly #rateLimitScale: number

  constructor(
    sandbox: Omit<Sandbox, 'discoveryUrl' | 'stop'>,
    armed: (venue: VenueId) => readonly Fault[],
    rateLimitScale: number,
  ) {
    this.#sandbox = sandbox
    this.#armed = armed
    this.#rateLimitScale = rateLimitScale
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  async listen(port: number): Promise<string> {
    return await listenLocally(this.#server, port)
  }

  async stop(): Promise<void> {
    await closeAtOnce(this.#server)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [status, answer] = this.#answer(request, await readBody(request, BODY_LIMIT))
    response.writeHead(status, { 'content-type': 'application/json', [SANDBOX_HEADER]: '1' })
    response.end(JSON.stringify(answer))
  }

  #answer(request: IncomingMessage, body: string): readonly [number, unknown] {
    const method = request.method ?? 'GET'
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname
    if (method === 'GET' && path === '/') {
      return [200, { sandbox: true, venues: this.#sandbox.venues, rate_limit_scale: this.#rateLimitScale }]
    }
    const [, name, action] = /^\/control\/([a-z]+)(?:\/([a-z]+))?$/.exec(path) ?? []
    const venue = VENUES.find((known) => known === name)
    if (venue === undefined) return [404, { error: 'no such address' }]
    if (method === 'POST' && request.headers['content-type']?.startsWith('application/json') !== true) {
      return [415, { error: 'the content type must be application/json' }]
    }
    try {
      return this.#control(method, venue, action, body)
    } catch (error) {
      if (error instanceof ControlError || error instanceof AmountError) return [400, { error: error.message }]
      if (error instanceof Error) return [409, { error: error.message }]
      throw error
    }
  }

  #control(method: string, venue: VenueId, action: string | undefined, body: string): readonly [number, unknown] {
    const trader = this.#sandbox.traders[venue]
    const fields = fieldsOf(body)
    switch (`${method} ${action ?? ''}`) {
      case 'GET ':
        return [
          200,
          {
            faults: this.#armed(venue),
            requests: this.#sandbox.requests(venue),
            balances: trader.balances(),
            fills: trader.fills().length,
          },
        ]
      case 'POST ':
        this.#sandbox.misbehave(venue, faultOf(fields))
        return [200, { faults: this.#armed(venue) }]
      case 'DELETE ':
        this.#sandbox.behave(venue)
        return [200, { faults: [] }]
      case 'POST trade': {
        const visibleAfterMs = optionalNumber(fields, 'visible_after_ms')
        const options = visibleAfterMs === undefined ? {} : { visibleAfterMs }
        return [200, { fills: trader.trade(number(fields, 'fills'), options) }]
      }
      case 'POST flow': {
        const direction = text(fields, 'direction') === 'out' ? 'out' : 'in'
        const fee = fields['fee'] === undefined ? {} : { fee: text(fields, 'fee') }
        return [
          200,
          { id: trader.move({ direction, asset: text(fields, 'asset'), amount: text(fields, 'amount'), ...fee }).id },
        ]
      }
      case 'POST correct':
        return [200, { fills: trader.correctLast() }]
      case 'POST key':
        return this.#changeKey(venue, text(fields, 'api_key'), text(fields, 'change'))
      default:
        return [404, { error: 'no such address' }]
    }
  }

  #changeKey(venue: VenueId, apiKey: string, change: string): readonly [number, unknown] {
    if (change === 'revoke') this.#sandbox.revokeKey(venue, apiKey)
    else if (change === 'allow_trading') this.#sandbox.allowTrading(venue, apiKey)
    else throw new ControlError('change must be revoke or allow_trading')
    return [200, { changed: true }]
  }
}
