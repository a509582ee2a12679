/** Asks the vendors for what verifies one piece of evidence, and keeps each answer in a folder. */
import type { Claims, Evidence } from '@perf-aggregator/attestation'
import { type Source, vendorSources } from '@perf-aggregator/attestation/files'
import { addressOf, type Mirrors } from './address.ts'
import { answerFiles } from './answer-files.ts'
import { type Asking, ask } from './ask.ts'
import { type FetchCode, FetchError } from './fetch-error.ts'
import { isOwnSignedKey, refuseWorse } from './may-replace.ts'
import { atHand, replace } from './save.ts'

export interface FetchedFile {
  readonly file: string
  /** Whom the evidence says to ask; the mirror's address is the caller's own affair. */
  readonly url: string
  /** `kept`: not asked for, because the one at hand never changes. */
  readonly outcome: 'saved' | 'unchanged' | 'kept' | 'failed'
  /** Why it failed; then the file at hand, if any, stays. */
  readonly code: FetchCode | null
}

export interface FetchTarget {
  /** A folder that is there */
  readonly out: string
  readonly mirrors: Mirrors
}

/**
 * One after the other, for services that count questions. What fails is told and the rest goes on.
 *
 * @param claims what the evidence says, verified or not: these are only addresses to ask, and only vendors' are asked
 */
export async function fetchEndorsements(
  evidence: Evidence,
  claims: Claims,
  { out, mirrors }: FetchTarget,
  asking: Asking,
): Promise<readonly FetchedFile[]> {
  const fetched: FetchedFile[] = []
  for (const source of vendorSources(evidence, claims)) {
    fetched.push(...(await fetchOne(evidence, source, { out, mirrors }, asking)))
  }
  return fetched
}

async function fetchOne(
  evidence: Evidence,
  source: Source,
  { out, mirrors }: FetchTarget,
  asking: Asking,
): Promise<readonly FetchedFile[]> {
  const { file, url } = source
  const had = atHand(out, file)
  // The key of one chip with one firmware is for ever, and the question AMD's service limits most.
  if (had && (await isOwnSignedKey(evidence, had, out))) return [{ file, url, outcome: 'kept', code: null }]
  asking.tell(`asking for ${file}`)
  try {
    const answer = await ask(addressOf(source, mirrors), asking)
    const now = Math.floor(asking.clock.now() / 1000)
    const files = answerFiles(source, answer, now)
    for (const one of files) await refuseWorse(one, out, evidence, now)
    return files.map(({ name, bytes }) => {
      if (Buffer.compare(atHand(out, name) ?? new Uint8Array(0), bytes) === 0) {
        return { file: name, url, outcome: 'unchanged', code: null }
      }
      replace(out, name, bytes)
      return { file: name, url, outcome: 'saved', code: null }
    })
  } catch (error) {
    if (!(error instanceof FetchError)) throw error
    asking.tell(`${file}: ${error.message} (${error.code})`)
    return [{ file, url, outcome: 'failed', code: error.code }]
  }
}
