/** The files a person names, told apart: evidence to judge, and what it is judged with. */
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  AttestationError,
  documentTime,
  type Evidence,
  type HardwareFamily,
  labelled,
} from '@perf-aggregator/attestation'
import { EncodingError } from '@perf-aggregator/attestation/bytes'
import { type FileContent, gatherEndorsements, readFile } from '@perf-aggregator/attestation/files'
import { readInput, reason } from '../settings/files.ts'
import { UsageError } from '../settings/usage-error.ts'
import type { Moment } from './moment.ts'

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
  /** Whether there is a revocation list among the files, of this evidence's vendor or not. */
  readonly hasLists: boolean
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

interface ReadFile extends FileContent, NamedFile {}

/**
 * Reads `files`, evidence or what verifies it, and folders of such. Evidence is taken from them: a quote that lies beside collateral
 * is left out. Only where they hold none is it looked for among the files of the flags, each of which takes all words up to the next
 * flag, a quote at the end of the line too. Of several pieces that would do, those are taken that hold at `moment`. Throws `UsageError` for what cannot be read, and where there is no evidence.
 */
export function readInputs(files: readonly string[], flags: InputFlags, moment: Moment | null = null): Inputs {
  const unread: UnreadFile[] = []
  const read = (paths: readonly string[], tee: HardwareFamily | null): readonly ReadFile[] =>
    paths.flatMap(listed).flatMap(({ path, isNamed }) => {
      try {
        const content = readFile(basename(path), readInput(path), isNamed ? tee : null)
        if (content) return [{ ...content, path, isNamed }]
        if (isNamed) unread.push({ file: path, code: 'file_unknown', message: UNKNOWN })
      } catch (error) {
        if (!(error instanceof AttestationError || error instanceof EncodingError)) throw error
        unread.push({ file: path, code: error.code, message: error.message })
      }
      return []
    })
  if (files.length === 0 && !flags.collateral && !flags.endorsement) {
    throw new UsageError("missing required argument 'file': a quote, report, attestation document or bundle")
  }
  const [tee, others] = [flags.tee ?? null, [...(flags.collateral ?? []), ...(flags.endorsement ?? [])]]
  const named = read(files, tee)
  const isInFiles = unread.length > 0 || named.some((one) => one.evidence !== null)
  const beside = read(others, isInFiles ? null : tee)
  const pool = [...named, ...beside].map((content) => (content.evidence ? { ...content, endorsements: [] } : content))
  const judged = isInFiles ? named : [...named, ...beside.filter(({ isNamed }) => isNamed)]
  const evidence = judged.flatMap(({ path, evidence: found, endorsements: own }): GivenEvidence[] => {
    if (!found) return []
    const endorsements = gatherEndorsements(found, own, pool, moment === 'document' ? documentTime(found) : moment)
    const hasLists =
      pool.some(({ crls }) => crls.length > 0) || endorsements.some((one) => labelled(one)?.name === 'crl')
    return [{ file: path, evidence: found, endorsements, hasLists }]
  })
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
