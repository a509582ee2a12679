/**
 * Endorsements that the host collected for this machine (`docs/decisions/0013`). They are signed by their vendors, so whoever brings
 * them is trusted with nothing but that they are there; the enclave itself asks no vendor.
 */
import type { Evidence } from '@perf-aggregator/attestation'
import { equalBytes } from '@perf-aggregator/attestation/bytes'
import {
  type Coverage,
  coverageOf,
  type FileContent,
  gatherEndorsements,
  hardwareIdentity,
} from '@perf-aggregator/attestation/files'
import type { EndorsementFolder, FolderEntry } from './folder.ts'
import { refusalOf, servable } from './servable.ts'

/** Bytes of all files together: what evidence brings along has to fit into a certificate. */
const MOST_TOGETHER = 393_216

/** What clients' parsers take of one answer. */
const MOST_ENDORSEMENTS = 32

export interface CollectedEvents {
  /** A file is left out. `file` is null for what is wrong with the folder as a whole. */
  readonly refused: (code: string, file: string | null) => void
  /** Evidence made before has other endorsements than evidence made from now on. */
  readonly changed: (files: number) => void
}

interface Kept {
  readonly version: string
  readonly size: number
  /** Null where it was left out. */
  readonly content: FileContent | null
}

interface Gathered {
  readonly files: ReadonlyMap<string, Kept>
  readonly hardware: string
  readonly own: readonly Uint8Array[]
  readonly result: readonly Uint8Array[]
}

/** Owner of what was last read and gathered; replaced whole. */
export class CollectedEndorsements {
  readonly #folder: EndorsementFolder | null
  readonly #events: CollectedEvents
  #files: ReadonlyMap<string, Kept> = new Map()
  /** The last refusal of the folder itself, so that one that stays is told once. */
  #folderRefusal: string | null = null
  /** The look that is under way, if any: a disk that hangs holds one of them and no more. */
  #looking: Promise<void> | null = null
  /** Of which {@link coverage} speaks: what the hardware last signed, and what came with it. */
  #last: { readonly evidence: Evidence; readonly own: readonly Uint8Array[] } | null = null

  /** What was gathered last: whoever asks for a quote must not make this enclave read all certificates again. */
  #gathered: Gathered | null = null
  /** The last set was too large, so that one that stays so is told once. */
  #isTooMany = false

  /** @param folder null: there is none, and what evidence brings along is all */
  constructor(folder: EndorsementFolder | null, events: CollectedEvents) {
    this.#folder = folder
    this.#events = events
  }

  /** Reads what is new or changed. Never rejects: what cannot be read is reported and left out. */
  async look(): Promise<void> {
    const folder = this.#folder
    if (folder === null) return
    this.#looking ??= this.#read(folder).finally(() => {
      this.#looking = null
    })
    await this.#looking
  }

  /** For `evidence` the newest of its `own` endorsements and of the collected ones that its family looks at. */
  endorse(evidence: Evidence, own: readonly Uint8Array[]): readonly Uint8Array[] {
    this.#last = { evidence, own }
    return this.#gather(evidence, own)
  }

  /** Null before the first evidence. */
  coverage(): Coverage | null {
    return this.#last && coverageOf(this.#last.evidence, this.#gather(this.#last.evidence, this.#last.own))
  }

  #gather(evidence: Evidence, own: readonly Uint8Array[]): readonly Uint8Array[] {
    const files = this.#files
    const hardware = hardwareIdentity(evidence)
    const last = this.#gathered
    if (last?.files === files && last.hardware === hardware && areEqual(last.own, own)) return last.result
    const contents = [...files.values()].flatMap(({ content }) => content ?? [])
    const gathered = gatherEndorsements(evidence, own, contents)
    const isTooMany = gathered.length > MOST_ENDORSEMENTS
    if (isTooMany && !this.#isTooMany) this.#events.refused('too_many_endorsements', null)
    this.#isTooMany = isTooMany
    const result = isTooMany ? own : gathered
    this.#gathered = { files, hardware, own, result }
    return result
  }

  async #read(folder: EndorsementFolder): Promise<void> {
    let listed: Awaited<ReturnType<EndorsementFolder['list']>>
    try {
      listed = await folder.list()
    } catch {
      // What was read before stays in use: it is not less true because the folder is away.
      this.#refuseFolder('folder_unreadable')
      return
    }
    this.#refuseFolder(listed.whole ? null : 'too_many_files')
    const isNew = (entry: FolderEntry): boolean => this.#files.get(entry.name)?.version !== entry.version
    const { entries } = listed
    if (entries.length === this.#files.size && !entries.some(isNew)) return
    const files = new Map<string, Kept>()
    let left = MOST_TOGETHER
    for (const { name, version } of entries) {
      const known = this.#files.get(name)
      // One that was left out is tried again: it may be another's size that was in its way.
      const kept =
        known?.version === version && known.content ? known : await this.#readOne(folder, name, version, left)
      left -= kept.size
      files.set(name, kept)
    }
    this.#files = files
    this.#events.changed([...files.values()].filter(({ content }) => content !== null).length)
  }

  async #readOne(folder: EndorsementFolder, name: string, version: string, left: number): Promise<Kept> {
    const refuse = (code: string): Kept => {
      this.#events.refused(code, name)
      return { version, size: 0, content: null }
    }
    try {
      const bytes = await folder.read(name)
      if (bytes.length > left) return refuse('folder_too_large')
      const content = servable(name, bytes)
      return content ? { version, size: bytes.length, content } : refuse('file_unknown')
    } catch (error) {
      return refuse(refusalOf(error))
    }
  }

  #refuseFolder(code: string | null): void {
    if (code !== null && code !== this.#folderRefusal) this.#events.refused(code, null)
    this.#folderRefusal = code
  }
}

function areEqual(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  return some.length === others.length && some.every((one, at) => equalBytes(one, others[at] ?? new Uint8Array(0)))
}
