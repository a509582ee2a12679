/** One round of fetching: what evidence needs is asked for, kept, and held against the evidence at once. */
import { readdirSync } from 'node:fs'
import { type Appraisers, AttestationError } from '@perf-aggregator/attestation'
import { EncodingError } from '@perf-aggregator/attestation/bytes'
import { type FileContent, gatherEndorsements, readFile } from '@perf-aggregator/attestation/files'
import { reason } from '../../settings/files.ts'
import { UsageError } from '../../settings/usage-error.ts'
import type { GivenEvidence } from '../inputs.ts'
import { type Demands, type Judged, judge } from '../judge.ts'
import type { Asking } from './ask.ts'
import { type FetchedFile, type FetchTarget, fetchEndorsements } from './fetch-endorsements.ts'
import { atHand } from './save.ts'

/** The evidence to ask for, with what it brings along. Whether it has revocation lists is what is to be found out. */
export type Asked = Omit<GivenEvidence, 'hasLists'>

export interface Round {
  readonly files: readonly FetchedFile[]
  /** With everything that is in the folder now, as genuine hardware and nothing more. */
  readonly judged: Judged
}

/**
 * @param given evidence with the endorsements it brings along; those are used beside the folder's, and not kept
 * @param appraisers the production families, but in tests of vendors that do not exist
 */
export async function fetchRound(
  given: Asked,
  target: FetchTarget,
  asking: Asking,
  appraisers?: Appraisers,
): Promise<Round> {
  const { evidence, endorsements: own } = given
  if (evidence.type === 'simulator') throw new UsageError('a simulator has no vendor: there is nothing to fetch for it')
  const seconds = (): number => Math.floor(asking.clock.now() / 1000)
  const demands = demandsAt(seconds())
  // Lists are to be had: without them evidence is not whole.
  const strictly = { ...given, hasLists: true }
  const { verdict } = await judge(strictly, demands, appraisers)
  const claims = verdict.accepted ? verdict.claims : verdict.unverifiedClaims
  const files = claims ? await fetchEndorsements(evidence, claims, target, asking) : []
  // What a running enclave hands out may be what lay in the folder before: it has no precedence over what lies there now.
  const brought = { evidence: null, endorsements: own, collectedAt: null, certificates: [], crls: [] }
  const endorsements = gatherEndorsements(evidence, [], [...contentsOf(target.out, asking), brought], seconds())
  const later = demandsAt(seconds())
  return { files, judged: await judge({ ...strictly, endorsements }, later, appraisers) }
}

function demandsAt(moment: number): Demands {
  return { moment, policy: null, tee: null, nonce: null, revocationSkip: null }
}

/** Every file of the folder as the enclave reads it: without the evidence in it. */
function contentsOf(folder: string, { tell }: Pick<Asking, 'tell'>): readonly FileContent[] {
  return namesIn(folder).flatMap((name) => {
    const bytes = atHand(folder, name)
    try {
      const content = bytes && readFile(name, bytes)
      return content ? [{ ...content, evidence: null }] : []
    } catch (error) {
      if (!(error instanceof AttestationError || error instanceof EncodingError)) throw error
      tell(`${name} in the folder is left out: ${error.message} (${error.code})`)
      return []
    }
  })
}

function namesIn(folder: string): readonly string[] {
  try {
    const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
    return files
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('.'))
      .toSorted()
  } catch (error) {
    throw new UsageError(`${folder} cannot be read: ${reason(error)}`)
  }
}
