/** From a file of the folder to what may be handed to clients. */
import { AttestationError } from '@perf-aggregator/attestation'
import { EncodingError } from '@perf-aggregator/attestation/bytes'
import { endorsementTerm, type FileContent, readFile } from '@perf-aggregator/attestation/files'
import { FolderError } from './folder.ts'

/**
 * What of a file is an endorsement, and reads as one from its first byte to its last: nothing else is ever served, whatever the
 * host put, linked or mounted there. Evidence in it is left out; the endorsements of a bundle are kept.
 *
 * @returns null for a file that has nothing to do with evidence
 * @throws {AttestationError} or {@link EncodingError} for one that has, and is malformed
 */
export function servable(name: string, bytes: Uint8Array): FileContent | null {
  const content = readFile(name, bytes)
  if (!content) return null
  for (const item of content.endorsements) endorsementTerm(item)
  return { ...content, evidence: null, collectedAt: null }
}

/** Why a file was left out, for the log: never what stood in it. */
export function refusalOf(error: unknown): string {
  const isOurs = error instanceof AttestationError || error instanceof EncodingError || error instanceof FolderError
  return isOurs ? error.code : 'file_unreadable'
}
