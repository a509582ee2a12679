import { ClientError } from '../errors.ts'

/**
 * The error an answer of 400 and above stands for. A problem document (docs/protocol.md section 9) gives its code, detail
 * and request id; anything else did not come from the enclave and is `answer_unexplained`. The host can write what it
 * likes into either, so text is bounded and stripped of what could drive a terminal.
 */
export function problemError(response: Response, body: Uint8Array): ClientError {
  const { status } = response
  const retryAfterSeconds = seconds(response.headers.get('retry-after'))
  const known = { status, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
  const { code, detail, request_id: requestId } = problemOf(body)
  if (typeof code !== 'string' || !/^[a-z][a-z0-9_]{0,63}$/.test(code)) {
    return new ClientError('answer_unexplained', `the answer has status ${status} and no explanation`, known)
  }
  const message = typeof detail === 'string' && detail !== '' ? printable(detail) : code
  const named = typeof requestId === 'string' ? { requestId: printable(requestId) } : {}
  return new ClientError(code, message, { ...known, ...named })
}

function problemOf(body: Uint8Array): Readonly<Record<'code' | 'detail' | 'request_id', unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    if (typeof value === 'object' && value !== null) return { ...NO_PROBLEM, ...value }
  } catch {
    // Not JSON: no problem document either.
  }
  return NO_PROBLEM
}

const NO_PROBLEM = { code: undefined, detail: undefined, request_id: undefined }

function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, ' ').slice(0, 500)
}

function seconds(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : undefined
}
