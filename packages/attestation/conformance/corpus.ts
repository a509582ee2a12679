/** Other people's evidence, read in place. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folder of the attestation corpus, or null where there is none. */
export const CORPUS = process.env['CORPUS_DIR'] ? join(process.env['CORPUS_DIR'], 'attestation') : null

/** Why a conformance suite did not run; false where it can. */
export const absent = CORPUS === null ? 'no CORPUS_DIR' : false

export function read(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(CORPUS ?? '', path)))
}

export function find(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: CORPUS ?? '' }).toSorted()
}

/** Seconds since 1970. */
export function at(time: string): number {
  return Date.parse(time) / 1000
}
