/** The files a person names, told apart: evidence to judge, and what it is judged with. */
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { AttestationError, type Evidence, type HardwareFamily } from '@perf-aggregator/attestation'
import { EncodingError } from '@perf-aggregator/attestation/bytes'
import { type FileContent, gatherEndorsements, readFile } from '@perf-aggregator/attestation/files'
import { readInput, reason } from '../settings/files.ts'
import { UsageError } from '../settings/usage-error.ts'

export interface InputFlags {
  readonly tee?: HardwareFamily
  readonly collateral?: readonly string[]
  readonly endorsement?: readonly string[]
}

/** Evidence of one file, with everything at hand that its family looks at. */
export interface GivenEvidence {
  readonly file: string
  readonly evidence: Evidence
  /** As `verify` takes them */
  readonly endorsements: readonly Uint8Array[]
}

/** A file that is nothing this tool reads, or that is malformed. */
export interface UnreadFile {
  readonly file: string
  readonly code: string
  readonly message: string
}

export interface Inputs {
  readonly evidence: readonly GivenEvidence[]
  readonly unread: readonly UnreadFile[]
}

interface NamedFile {
  readonly path: string
  /** Named itself, not only the folder it is in. */
  readonly isNamed: boolean
}

const UNKNOWN = 'it is no evidence, certificate, revocation list or collateral; --tee says what evidence it is'

/**
 * Reads `files`, evidence or what verifies it, and folders of such. Evidence is taken from them alone: a quote that lies beside
 * collateral is left out. Throws `UsageError` for what cannot be read, and where there is no evidence.
 */
export function readInputs(files: readonly string[], flags: InputFlags): Inputs {
  const unread: UnreadFile[] = []
  const read = (paths: readonly string[], tee: HardwareFamily | null): (FileContent & { readonly file: string })[] =>
    paths.flatMap(listed).flatMap(({ path, isNamed }) => {
      try {
        const content = readFile(basename(path), readInput(path), isNamed ? tee : null)
        if (content) return [{ ...content, file: path }]
        if (isNamed) unread.push({ file: path, code: 'file_unknown', message: UNKNOWN })
      } catch (error) {
        if (!(error instanceof AttestationError || error instanceof EncodingError)) throw error
        unread.push({ file: path, code: error.code, message: error.message })
      }
      return []
    })
  const named = read(files, flags.tee ?? null)
  const beside = read([...(flags.collateral ?? []), ...(flags.endorsement ?? [])], null)
  const pool = [...named, ...beside].map((content) => (content.evidence ? { ...content, endorsements: [] } : content))
  const evidence = named.flatMap(({ file, evidence: found, endorsements }) =>
    found ? [{ file, evidence: found, endorsements: gatherEndorsements(found, endorsements, pool) }] : [],
  )
  if (evidence.length === 0 && unread.length === 0) {
    throw new UsageError('no evidence among these files: give a quote, report, attestation document or bundle')
  }
  return { evidence, unread }
}

function listed(path: string): readonly NamedFile[] {
  try {
    if (!statSync(path).isDirectory()) return [{ path, isNamed: true }]
    const files = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile())
    return files.map(({ name }) => ({ path: join(path, name), isNamed: false })).toSorted(byPath)
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${reason(error)}`)
  }
}

function byPath(a: NamedFile, b: NamedFile): number {
  return a.path < b.path ? -1 : 1
}
