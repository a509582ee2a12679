/** From an error to what a person, or a program, is told, and to the exit code. */
import { CertificateError, ClientError } from '@perf-aggregator/client'
import { EnclaveError } from '@perf-aggregator/enclave'
import { bad, type Terminal } from '../display/terminal.ts'
import { UsageError } from './usage-error.ts'

/** 0 done, 1 failed, 2 called wrongly, 10 not verified. */
export const EXIT = { failed: 1, usage: 2, unverified: 10 } as const

interface Failure {
  readonly code: string
  readonly message: string
  readonly requestId?: string
  readonly exit: number
}

function describe(error: unknown): Failure {
  if (error instanceof UsageError) return { code: 'usage', message: error.message, exit: EXIT.usage }
  if (error instanceof CertificateError) return { code: error.code, message: error.message, exit: EXIT.unverified }
  if (error instanceof ClientError) {
    const requestId = error.requestId
    const exit = error.code === 'attestation_refused' ? EXIT.unverified : EXIT.failed
    return {
      code: error.code,
      message: error.message,
      exit,
      ...(requestId === undefined || requestId === null ? {} : { requestId }),
    }
  }
  if (error instanceof EnclaveError) return { code: error.code, message: error.message, exit: EXIT.failed }
  return { code: 'internal', message: error instanceof Error ? error.message : 'unknown failure', exit: EXIT.failed }
}

/** Prints `error` and returns the exit code. */
export function report(error: unknown, json: boolean, terminal: Terminal): number {
  const { code, message, requestId, exit } = describe(error)
  if (json)
    terminal.print(
      JSON.stringify({ error: { code, message, ...(requestId === undefined ? {} : { request_id: requestId }) } }),
    )
  else {
    terminal.remark(`${bad('error')} ${message} (${code}${requestId === undefined ? '' : `, request ${requestId}`})`)
    if (code !== 'usage') terminal.remark(`what to do: docs/errors.md, "${code}"`)
  }
  return exit
}
