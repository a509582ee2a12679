/**
 * The only way out of the child: an allow-list of origins, checked on every request. Redirects are answers, never
 * followed: a redirect would carry the API key to a host of the redirector's choice. Node's own `--allow-net=host`
 * allows every host, so this list is ours.
 */
import type { IncomingMessage } from 'node:http'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { gunzipSync } from 'node:zlib'
import { EnclaveError } from '../errors.ts'

export interface OutgoingRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export interface Answer {
  readonly status: number
  /** Of `Retry-After`, where the venue gave one. */
  readonly retryAfterSeconds: number | null
  readonly body: string
}

/** Asks and waits for the whole answer. Rejects `egress_refused` or, when no whole answer comes, `venue_unavailable`. */
export type Fetch = (request: OutgoingRequest) => Promise<Answer>

const MAX_BODY_BYTES = 64 * 1024 * 1024
/** Milliseconds without a byte, and in all. */
const IDLE_TIMEOUT = 10_000
const TOTAL_TIMEOUT = 30_000

/** `origins`: `https://host[:port]`; plain `http://` only where the operator named a local sandbox. */
export function createEgress(origins: ReadonlySet<string>): { readonly fetch: Fetch; readonly close: () => void } {
  const plain = new HttpAgent({ keepAlive: true, maxSockets: 64 })
  const secure = new HttpsAgent({ keepAlive: true, maxSockets: 64, minVersion: 'TLSv1.2' })

  const fetch: Fetch = async ({ method, url, headers, body }) => {
    const target = allowed(url, origins)
    const options = {
      method,
      headers: {
        ...headers,
        'accept-encoding': 'gzip',
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      timeout: IDLE_TIMEOUT,
    }
    return await new Promise<Answer>((resolve, reject) => {
      // Not `AbortSignal.timeout`: its timer would keep the request, and the API key in its head, until it fires.
      const timer = setTimeout(() => giveUp(), TOTAL_TIMEOUT)
      const fail = (): void => {
        clearTimeout(timer)
        // What went wrong on the wire may quote the URL, and with it a signature: only our own words go on.
        reject(new EnclaveError('venue_unavailable', 'the venue did not answer'))
      }
      // Rejects by itself: a request that is destroyed need not say so.
      const giveUp = (): void => {
        fail()
        request.destroy()
      }
      let isReading = false
      const receive = (message: IncomingMessage): void => {
        isReading = true
        readAnswer(message)
          .then(resolve, fail)
          .finally(() => {
            clearTimeout(timer)
          })
      }
      const request =
        target.protocol === 'https:'
          ? httpsRequest(target, { ...options, agent: secure }, receive)
          : httpRequest(target, { ...options, agent: plain }, receive)
      request.on('timeout', giveUp)
      request.on('error', fail)
      // After a change of protocol nobody asked for, Node ends the request without an error. What is read says itself how it ended.
      request.on('close', () => {
        if (!isReading) fail()
      })
      request.end(body)
    })
  }
  return {
    fetch,
    close: () => {
      plain.destroy()
      secure.destroy()
    },
  }
}

function allowed(url: string, origins: ReadonlySet<string>): URL {
  const target = URL.parse(url)
  if (target === null || !origins.has(target.origin) || target.username !== '' || target.password !== '') {
    throw new EnclaveError('egress_refused', 'a request to a host outside the allow-list was refused')
  }
  return target
}

async function readAnswer(message: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) throw new Error('too long')
    chunks.push(chunk)
  }
  const raw = Buffer.concat(chunks)
  const zipped = message.headers['content-encoding'] === 'gzip'
  const body = zipped ? gunzipSync(raw, { maxOutputLength: MAX_BODY_BYTES }) : raw
  return {
    status: message.statusCode ?? 0,
    retryAfterSeconds: retryAfter(message.headers['retry-after']),
    body: body.toString('utf8'),
  }
}

/** Seconds only: no venue sends the date form. */
function retryAfter(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,7}$/.test(header) ? Number(header) : null
}
