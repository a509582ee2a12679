/**
 * Azure's metadata service as a confidential VM asks it: for the certificates of its AMD processor, and to have its TD report quoted.
 * The host answers. Nothing it says is believed: what comes back is handed to the verifier, who checks it.
 */
import { decodeBase64Url, decodeUtf8, encodeBase64Url } from '@perf-aggregator/attestation/bytes'
import { readAzureCertification } from '@perf-aggregator/attestation/files'
import { EnclaveError } from '../../errors.ts'
import type { Machine } from '../machine.ts'

const SERVICE = 'http://169.254.169.254'
const CERTIFICATION = '/metadata/THIM/amd/certification'
const TD_QUOTE = '/acc/tdquote'

/** Milliseconds: a quote takes the host a second or two. */
const PATIENCE = 10_000
/** Bytes of an answer, far above any real one */
const MOST_ANSWER = 65_536
const MOST_TD_QUOTE = 32_768
const MOST_CERTIFICATES = 8

interface Surroundings {
  readonly fetch: Machine['fetch']
  /** Milliseconds a whole answer may take. */
  readonly patience?: number
}

/** VCEK, then its chain, DER. Rejects `tee_unavailable`. */
export async function amdCertificates(surroundings: Surroundings): Promise<readonly Uint8Array[]> {
  const json = await ask(CERTIFICATION, { method: 'GET', headers: { Metadata: 'true' } }, surroundings)
  const certificates = reading('certificates', () => readAzureCertification(json))
  if (certificates.length >= 1 && certificates.length <= MOST_CERTIFICATES) return certificates
  throw failed('gave no chain of certificates')
}

/** The quote of a TDREPORT, 1,024 bytes, by the host's quoting enclave. Rejects `tee_unavailable`. */
export async function tdQuote(tdReport: Uint8Array, surroundings: Surroundings): Promise<Uint8Array> {
  const body = JSON.stringify({ report: encodeBase64Url(tdReport) })
  const request = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }
  const json = await ask(TD_QUOTE, request, surroundings)
  return reading('a TD quote', () => {
    const text = typeof json === 'object' && json !== null ? (json as { quote?: unknown }).quote : undefined
    if (typeof text !== 'string') throw new TypeError('no quote')
    const quote = decodeBase64Url(text.replace(/={1,2}$/, ''))
    if (quote.length === 0 || quote.length > MOST_TD_QUOTE) throw new RangeError('of no size a quote has')
    return quote
  })
}

async function ask(path: string, request: RequestInit, { fetch, patience = PATIENCE }: Surroundings): Promise<unknown> {
  let answer: Response
  let bytes: Uint8Array | null
  try {
    answer = await fetch(SERVICE + path, { ...request, redirect: 'error', signal: AbortSignal.timeout(patience) })
    if (answer.status !== 200) await answer.body?.cancel()
    bytes = answer.status === 200 ? await readBody(answer) : null
  } catch (cause) {
    if (cause instanceof EnclaveError) throw cause
    const isLate = cause instanceof Error && cause.name === 'TimeoutError'
    throw failed(isLate ? 'did not answer in time' : 'does not answer', cause)
  }
  if (bytes === null) throw failed(`answered with status ${answer.status}`)
  const whole = bytes
  return reading('JSON', (): unknown => JSON.parse(decodeUtf8(whole)))
}

/** At most so many bytes: whatever length the host announces, it is not asked to keep to it. */
async function readBody({ body }: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    parts.push(part)
    length += part.length
    if (length > MOST_ANSWER) throw failed('answered with more than it has to say')
  }
  return Buffer.concat(parts)
}

function reading<Value>(what: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    throw failed(`answered with something that is not ${what}`, cause)
  }
}

function failed(what: string, cause?: unknown): EnclaveError {
  return new EnclaveError('tee_unavailable', `Azure's metadata service ${what}`, { cause })
}
