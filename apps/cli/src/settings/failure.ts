/** From an error to what a person, or a program, is told, and to the exit code. */
import { CertificateError, ClientError } from '@perf-aggregator/client'
import type { EnclaveError } from '@perf-aggregator/enclave'
import { foreignText } from '../display/foreign.ts'
import { jsonText } from '../display/json.ts'
import { paint, type Terminal } from '../display/terminal.ts'
import { Interrupted } from './interrupted.ts'
import { UsageError } from './usage-error.ts'

/** 0 done, 1 failed, 2 called wrongly, 10 not verified, 20 cannot be read, 130 interrupted. */
export const EXIT = { failed: 1, usage: 2, unverified: 10, malformed: 20, interrupted: 130 } as const

interface Failure {
  readonly code: string
  readonly message: string
  readonly requestId?: string
  readonly retryAfterSeconds?: number
  readonly exit: number
}

/** Where the way out is a command of this tool, it is said at once; every other code has its own in `docs/errors.md`. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  network: 'is it running? "perf-aggregator serve" starts one; --url or PERF_AGGREGATOR_URL names another',
  attestation_refused:
    'nothing was sent; --measurement names a release to accept, --allow-simulator accepts a simulator in development',
  wait_exceeded: 'ask again later: the enclave goes on by itself, and "perf-aggregator summary" shows how far it is',
  owner_mismatch: 'register the further accounts anew, with "register --with" and the first one\'s session file',
  session_revoked: 'register again',
  session_expired: 'register again',
  key_not_read_only: 'make a key at the venue that can only read, and register with that one',
}

function describe(error: unknown): Failure {
  if (error instanceof UsageError) return { code: 'usage', message: error.message, exit: EXIT.usage }
  if (error instanceof CertificateError) return { code: error.code, message: error.message, exit: EXIT.unverified }
  if (error instanceof ClientError) {
    const { code, message, requestId, retryAfterSeconds } = error
    return {
      code,
      message,
      exit: exitOf(code),
      ...(requestId === undefined ? {} : { requestId }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    }
  }
  if (isEnclaveError(error)) return { code: error.code, message: error.message, exit: exitOf(error.code) }
  if (isRecordingError(error)) return { code: 'usage', message: `--trades: ${error.message}`, exit: EXIT.usage }
  return { code: 'internal', message: error instanceof Error ? error.message : 'unknown failure', exit: EXIT.failed }
}

/** By its name: to import the class would load the whole service to say that a file is missing. */
function isEnclaveError(error: unknown): error is EnclaveError {
  return error instanceof Error && error.name === 'EnclaveError' && 'code' in error && typeof error.code === 'string'
}

/** Likewise, of the local venues: a file of trades that is none. */
function isRecordingError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'RecordingError'
}

function exitOf(code: string): number {
  switch (code) {
    case 'attestation_refused':
      return EXIT.unverified
    case 'invalid_options':
    case 'configuration':
      return EXIT.usage
    default:
      return EXIT.failed
  }
}

function wayOut(code: string, retryAfterSeconds: number | undefined): string {
  if (retryAfterSeconds !== undefined && retryAfterSeconds > 0) return `try again in ${retryAfterSeconds} s`
  return WAYS_OUT[code] ?? `docs/errors.md, "${foreignText(code)}"`
}

/** Prints `error` and returns the exit code. */
export function report(error: unknown, json: boolean, terminal: Pick<Terminal, 'print' | 'remark'>): number {
  if (error instanceof Interrupted) return EXIT.interrupted
  const { code, message, requestId, retryAfterSeconds, exit } = describe(error)
  if (json) {
    const request = requestId === undefined ? {} : { request_id: requestId }
    const wait = retryAfterSeconds === undefined ? {} : { retry_after_seconds: retryAfterSeconds }
    terminal.print(jsonText({ error: { code, message, ...request, ...wait } }))
    return exit
  }
  const request = requestId === undefined ? '' : `, request ${requestId}`
  // A variable a line, where it is of the configuration; of anybody else one line, however many they send.
  const said = (code === 'configuration' ? message.split('\n') : [message]).map(foreignText).join('\n')
  terminal.remark(`${paint('red', 'error', process.stderr)} ${said} (${foreignText(code + request)})`)
  if (code !== 'usage') terminal.remark(`what to do: ${wayOut(code, retryAfterSeconds)}`)
  return exit
}
