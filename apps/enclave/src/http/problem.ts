/**
 * Every refusal as `application/problem+json` (RFC 9457). Nothing of the request and nothing of a foreign error's
 * message enters a problem: an unknown error is `internal` and its place is in the log.
 */
import { PROBLEM_MEDIA_TYPE, PROBLEM_TYPE_PREFIX, type Problem } from '@perf-aggregator/contracts'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { EnclaveError, type EnclaveErrorCode } from '../errors.ts'
import { REQUEST_ID_HEADER } from './request-context.ts'
import { toEnclaveError } from './validation.ts'

export function problemOf(error: EnclaveError, requestId: string): Problem {
  return {
    type: `${PROBLEM_TYPE_PREFIX}${error.code}`,
    title: titleOf(error.code),
    status: error.status,
    code: error.code,
    detail: error.message,
    request_id: requestId,
  }
}

/** `session_expired` → `Session expired` */
function titleOf(code: EnclaveErrorCode): string {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** What Fastify calls the things it refuses by itself. */
const FRAMEWORK_CODES: Readonly<Record<string, readonly [EnclaveErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed_json', 'the body is not JSON'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed_json', 'the body is empty'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large', 'the body is larger than this route takes'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'the body must be application/json'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'the body is not as long as its header says'],
  FST_ERR_BAD_URL: ['invalid_request', 'the path is not a valid address'],
  FST_ERR_MAX_PARAM_LENGTH: ['invalid_request', 'a part of the path is too long'],
}

/** Any thrown value as the error it is answered with. */
export function asEnclaveError(error: unknown): EnclaveError {
  if (error instanceof EnclaveError) return error
  if (error instanceof Error) {
    const { code, validation, validationContext, statusCode } = error as Partial<FastifyError>
    if (validation !== undefined) return toEnclaveError(validationContext, validation)
    const known = code === undefined ? undefined : FRAMEWORK_CODES[code]
    if (known !== undefined) return new EnclaveError(known[0], known[1], { cause: error })
    // The body parser's own refusals: `__proto__` or `constructor.prototype` as a field.
    if (error instanceof SyntaxError && statusCode === 400) {
      return new EnclaveError('malformed_json', 'the body is not JSON, or has a forbidden field', { cause: error })
    }
    // What Fastify or a plugin refuses under a name that is not in the table: the caller's fault all the same.
    if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
      return new EnclaveError('invalid_request', 'the request cannot be answered as it was asked', { cause: error })
    }
  }
  return new EnclaveError('internal', 'something went wrong here; quote the request id to the operator', {
    cause: error,
  })
}

/** Challenges of RFC 6750 and RFC 9449 that go with a 401. */
function challengeOf(code: EnclaveErrorCode): string | undefined {
  if (code === 'token_missing') return 'Bearer'
  if (code === 'token_invalid') return 'Bearer error="invalid_token"'
  if (code.startsWith('proof_')) return 'DPoP algs="Ed25519 EdDSA"'
  return undefined
}

export function sendProblem(error: EnclaveError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const challenge = challengeOf(error.code)
  if (challenge !== undefined) void reply.header('www-authenticate', challenge)
  if (error.retryAfterSeconds !== undefined) {
    void reply.header('retry-after', String(Math.max(1, Math.ceil(error.retryAfterSeconds))))
  }
  return reply
    .code(error.status)
    .header('cache-control', 'no-store')
    .header(REQUEST_ID_HEADER, request.id)
    .type(PROBLEM_MEDIA_TYPE)
    .serializer((problem: unknown) => JSON.stringify(problem))
    .send(problemOf(error, request.id))
}
