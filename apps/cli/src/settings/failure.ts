/** From an error to what a person, or a program, is told, and to the exit code. */
import { CertificateError, ClientError } from '@perf-aggregator/client'
import type { EnclaveError } from '@perf-aggregator/enclave'
import { paint, type Terminal } from '../display/terminal.ts'
import { Interrupted } from './interrupted.ts'
import { UsageError } from './usage-error.ts'

/** 0 done, 1 failed, 2 called wrongly, 10 not verified, 20 cannot be read, 130 interrupted. */
export const EXIT = { failed: 1, usage: 2, unverified: 10, malformed: 20, interrupted: 130 } as const

interface Failure {
  readonly code: string
  readonly message: string
  readonly requestId?: string
  readonly exit: number
}

/** Where the way out is a command of this tool, it is said at once; every other code has its own in `docs/errors.md`. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  network: 'is it running? "perf-aggregator serve" starts one; --url or PERF_AGGREGATOR_URL names another',
  attestation_refused:
    'nothing was sent; --measurement names a release to accept, --allow-simulator accepts a simulator in development',
  session_revoked: 'register again',
  session_expired: 'register again',
  key_not_read_only: 'make a key at the venue that can only read, and register with that one',
}

function describe(error: unknown): Failure {
  if (error instanceof UsageError) return { code: 'usage', message: error.message, exit: EXIT.usage }
  if (error instanceof CertificateError) return { code: error.code, message: error.message, exit: EXIT.unverified }
  if (error instanceof ClientError) {
    const { code, message, requestId } = error
    return { code, message, exit: exitOf(code), ...(requestId === undefined ? {} : { requestId }) }
  }
  if (isEnclaveError(error)) return { code: error.code, message: error.message, exit: exitOf(error.code) }
  return { code: 'internal', message: error instanceof Error ? error.message : 'unknown failure', exit: EXIT.failed }
}

/** By its name: to import the class would load the whole service to say that a file is missing. */
function isEnclaveError(error: unknown): error is EnclaveError {
  return error instanceof Error && error.name === 'EnclaveError' && 'code' in error && typeof error.code === 'string'
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

/** Prints `error` and returns the exit code. */
export function report(error: unknown, json: boolean, terminal: Pick<Terminal, 'print' | 'remark'>): number {
  if (error instanceof Interrupted) return EXIT.interrupted
  const { code, message, requestId, exit } = describe(error)
  if (json) {
    const request = requestId === undefined ? {} : { request_id: requestId }
    terminal.print(JSON.stringify({ error: { code, message, ...request } }))
    return exit
  }
  const request = requestId === undefined ? '' : `, request ${requestId}`
  terminal.remark(`${paint('red', 'error', process.stderr)} ${message} (${code}${request})`)
  if (code !== 'usage') terminal.remark(`what to do: ${WAYS_OUT[code] ?? `docs/errors.md, "${code}"`}`)
  return exit
}
