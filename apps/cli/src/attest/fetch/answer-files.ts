/** From a vendor's answer to the files it is kept in, if it is what was asked for and holds now. */
import { AttestationError, endorsement } from '@perf-aggregator/attestation'
import { EncodingError } from '@perf-aggregator/attestation/bytes'
import {
  COLLATERAL_FILES,
  endorsementTerm,
  type FileContent,
  readFile,
  type Source,
} from '@perf-aggregator/attestation/files'
import type { Answer } from './ask.ts'
import { FetchError } from './fetch-error.ts'

export interface AnswerFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * The answer as files, issuer chains first: a TCB info must not lie beside the chain of another. Bytes are kept as they were served.
 * `answer_malformed` for what does not read as what was asked for, `answer_ended` for what no longer holds, `answer_not_begun` for
 * what does not hold yet.
 *
 * @param now seconds since 1970
 */
export function answerFiles({ file, header }: Source, answer: Answer, now: number): readonly AnswerFile[] {
  const files: AnswerFile[] = []
  if (header) {
    const value = answer.header(header.name)
    if (value === null) throw new FetchError('answer_malformed', 'an answer without its issuer chain')
    files.push({ name: header.file, bytes: percentDecoded(value) })
  }
  files.push({ name: file, bytes: answer.bytes })
  for (const { name, bytes } of files) {
    const items = itemsOf(name, bytes)
    if (items.some(({ notAfter }) => notAfter < now)) {
      throw new FetchError('answer_ended', 'an answer that ended before now')
    }
    if (items.some(({ notBefore }) => notBefore > now)) {
      throw new FetchError('answer_not_begun', 'an answer that begins after now')
    }
  }
  return files
}

interface Item {
  readonly what: string
  readonly notBefore: number
  readonly notAfter: number
}

function itemsOf(name: string, bytes: Uint8Array): readonly Item[] {
  try {
    const content = readFile(name, bytes)
    const items = content ? labelledItems(content) : []
    if (content?.evidence === null && items.length > 0 && items.every(({ what }) => isAsked(name, what))) return items
  } catch (error) {
    if (!(error instanceof AttestationError || error instanceof EncodingError)) throw error
    throw new FetchError('answer_malformed', 'an answer that does not read as what was asked for', error)
  }
  throw new FetchError('answer_malformed', 'an answer that is something else than what was asked for')
}

function labelledItems({ endorsements, certificates, crls }: FileContent): readonly Item[] {
  return [
    ...endorsements,
    ...certificates.map((der) => endorsement('certificate', der)),
    ...crls.map((der) => endorsement('crl', der)),
  ].map(endorsementTerm)
}

/** Lists come in several spellings, under names of their own; of Intel's other pieces each has one name and one form. */
function isAsked(name: string, what: string): boolean {
  if (/crl(?:\.der)?$/i.test(name)) return what.endsWith('crl')
  const kind = COLLATERAL_FILES.get(name)
  return kind === undefined || kind === what
}

/** As Intel serves chains in headers; what is no percent-encoding stays and is refused when it is read. */
function percentDecoded(value: string): Uint8Array {
  try {
    return new Uint8Array(Buffer.from(decodeURIComponent(value)))
  } catch {
    return new Uint8Array(Buffer.from(value))
  }
}
