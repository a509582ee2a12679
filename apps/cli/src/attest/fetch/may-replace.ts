/** Whether an answer may take the place of the file at hand: over plain HTTP anybody can answer for AWS. */
import type { Evidence } from '@perf-aggregator/attestation'
import {
  COLLATERAL_FILES,
  type FileContent,
  hasOlderList,
  isIssuedByKnown,
  isOwnKey,
  knownIssuers,
  listOrigin,
  readFile,
} from '@perf-aggregator/attestation/files'
import { mathematics } from '@perf-aggregator/client'
import type { AnswerFile } from './answer-files.ts'
import { FetchError } from './fetch-error.ts'
import { atHand } from './save.ts'

/** Names under which chains of CAs are kept; no other file says who a vendor's CA is. */
const CHAINS = ['cert_chain.pem', ...[...COLLATERAL_FILES.keys()].filter((name) => name.endsWith('IssuerChain.pem'))]

/**
 * `answer_unverified` for a revocation list that its issuer's key did not sign, where that is known, and for one of an unknown issuer
 * in the place of one that is signed: form alone would let whoever stands between replace the list that knows of a revocation.
 * `answer_older` for a list that began before the one at hand, of the same issuer: signed and genuine, it could be brought back. What is
 * at hand and not signed, or not begun, is no reason to refuse another.
 *
 * @param now seconds since 1970
 */
export async function refuseWorse(
  { name, bytes }: AnswerFile,
  out: string,
  evidence: Evidence,
  now: number,
): Promise<void> {
  const fresh = readOrNull(name, bytes)
  if (!fresh) return
  const issuers = knownIssuers(evidence, chainsIn(out))
  const origin = await listOrigin(fresh, issuers, mathematics)
  if (origin === 'other') throw unverified()
  const old = atHand(out, name)
  const kept = old && readOrNull(name, old)
  const keptOrigin = kept && (await listOrigin(kept, issuers, mathematics))
  if (!kept || keptOrigin === 'other') return
  if (keptOrigin === 'issuer' && origin === 'unknown') throw unverified()
  if (hasOlderList(fresh, kept, now)) {
    throw new FetchError('answer_older', 'a revocation list older than the one at hand')
  }
}

/**
 * Whether this is the key of this very chip and firmware, and signed by the intermediate at hand: its extensions alone anybody can
 * write, and what is kept here is never asked for again.
 */
export async function isOwnSignedKey(evidence: Evidence, der: Uint8Array, out: string): Promise<boolean> {
  return isOwnKey(evidence, der) && (await isIssuedByKnown(der, knownIssuers(evidence, chainsIn(out)), mathematics))
}

function chainsIn(out: string): readonly FileContent[] {
  return CHAINS.flatMap((name) => {
    const bytes = atHand(out, name)
    return (bytes && readOrNull(name, bytes)) ?? []
  })
}

function unverified(): FetchError {
  return new FetchError('answer_unverified', "a revocation list that its issuer's key did not sign")
}

/** What is at hand may be anything; then it is no reason to refuse. */
function readOrNull(name: string, bytes: Uint8Array): FileContent | null {
  try {
    return readFile(name, bytes)
  } catch {
    return null
  }
}
