/** One HTTP exchange with an answer that is bounded in size and time. Over which connection is the caller's choice. */
import type { ClientRequest, IncomingMessage } from 'node:http'

export interface Reply {
  readonly status: number
  readonly body: string
}

export interface Bounds {
  /** From the connection to the last byte, milliseconds */
  readonly timeout: number
  readonly mostBytes: number
}

/** Rejects when no whole answer comes within the bounds. What it rejects with may quote the peer: for looking at, not for telling. */
export async function exchange(
  open: (receive: (message: IncomingMessage) => void) => ClientRequest,
  body: string,
  { timeout, mostBytes }: Bounds,
): Promise<Reply> {
  return await new Promise<Reply>((resolve, reject) => {
    const fail = (error: unknown): void => {
      clearTimeout(timer)
      reject(error instanceof Error ? error : new Error('no whole answer'))
    }
    let isReading = false
    const request = open((message) => {
      isReading = true
      readReply(message, mostBytes)
        .then(resolve, fail)
        .finally(() => {
          clearTimeout(timer)
        })
    })
    // Rejects by itself: a request that is destroyed need not say so.
    const timer = setTimeout(() => {
      fail(new Error('late'))
      request.destroy()
    }, timeout)
    request.on('error', fail)
    // After a change of protocol nobody asked for, Node ends the request without an error. What is read says itself how it ended.
    request.on('close', () => {
      if (!isReading) fail(new Error('no answer'))
    })
    request.end(body)
  })
}

async function readReply(message: IncomingMessage, mostBytes: number): Promise<Reply> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > mostBytes) throw new Error('too long')
    chunks.push(chunk)
  }
  return { status: message.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }
}
