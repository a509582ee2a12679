/** What never becomes a request: bytes that are not HTTP, headers that do not end, a body that does not arrive. */
import type { Socket } from 'node:net'
import { PROBLEM_MEDIA_TYPE } from '@perf-aggregator/contracts'
import { EnclaveError } from '../errors.ts'
import type { Random } from '../ports/random.ts'
import { problemOf } from './problem.ts'
import { makeRequestId, REQUEST_ID_HEADER } from './request-context.ts'

/** Answers on the socket and closes it; a socket that was reset is only let go. */
export function clientErrorHandler(random: Random): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
      socket.destroy()
      return
    }
    const requestId = makeRequestId(random)
    const refusal = new EnclaveError('invalid_request', 'this is not a complete HTTP request')
    const body = JSON.stringify(problemOf(refusal, requestId))
    const head = [
      `HTTP/1.1 ${refusal.status} Bad Request`,
      `content-type: ${PROBLEM_MEDIA_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      `${REQUEST_ID_HEADER}: ${requestId}`,
      'cache-control: no-store',
      'connection: close',
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
}
