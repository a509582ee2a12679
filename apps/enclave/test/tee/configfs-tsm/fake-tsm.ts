/** FAKE. configfs-tsm as `Documentation/ABI/testing/configfs-tsm-report` and `drivers/virt/coco/guest/report.c` have it, over a provider of ours. */
import { basename, dirname } from 'node:path'
import type { KernelFiles } from '../../../src/tee/machine.ts'
import { kernelError } from '../fake-kernel.ts'

const REPORTS = '/sys/kernel/config/tsm/report'

export interface FakeTsmOptions {
  /** What `provider` says; null where the machine has none. */
  readonly provider: string | null
  readonly makeReport: (reportData: Uint8Array) => { readonly outblob: Uint8Array; readonly auxblob?: Uint8Array }
  /** How many reads of `outblob` find the firmware busy. */
  readonly busy?: number
  /** How many times somebody else asks through the same directory before the report is read. */
  readonly disturbed?: number
  /** As {@link disturbed}, between the report and the counter. */
  readonly disturbedLate?: number
  /** The counter of new directories. */
  readonly generation?: string
  /** Fails to make any report with this error. */
  readonly broken?: string
}

interface Entry {
  generation: number
  inblob: Uint8Array | null
}

export interface FakeTsm extends KernelFiles {
  /** Directories that are there now. */
  readonly directories: ReadonlyMap<string, unknown>
  /** Every directory that was ever made. */
  readonly names: readonly string[]
}

export function fakeTsm(options: FakeTsmOptions): FakeTsm {
  const directories = new Map<string, Entry>()
  const names: string[] = []
  let { busy = 0, disturbed = 0, disturbedLate = 0 } = options

  const write = (entry: Entry, inblob: Uint8Array): void => {
    if (inblob.length > 64) throw kernelError('EFBIG')
    entry.inblob = inblob
    entry.generation++
  }
  const others = (entry: Entry): void => write(entry, new Uint8Array(64).fill(0xee))
  const report = (entry: Entry): ReturnType<FakeTsmOptions['makeReport']> => {
    if (options.broken) throw kernelError(options.broken)
    // The hardware wants 64 bytes; before any were written there is nothing to report.
    if (entry.inblob?.length !== 64) throw kernelError('EINVAL')
    return options.makeReport(entry.inblob)
  }

  const readers: Readonly<Record<string, (entry: Entry) => Uint8Array | string>> = {
    provider: () => `${options.provider}\n`,
    generation: (entry) => options.generation ?? `${entry.generation}\n`,
    outblob(entry) {
      if (busy-- > 0) throw kernelError('EBUSY')
      if (disturbed-- > 0) others(entry)
      const { outblob } = report(entry)
      if (disturbedLate-- > 0) others(entry)
      return outblob
    },
    auxblob(entry) {
      const { auxblob } = report(entry)
      if (!auxblob) throw kernelError('ENOENT')
      return auxblob
    },
  }
  const entryOf = (path: string): Entry => {
    const entry = directories.get(dirname(path))
    if (!entry) throw kernelError('ENOENT')
    return entry
  }
  return {
    directories,
    names,
    async makeDirectory(path) {
      if (dirname(path) !== REPORTS) throw kernelError('ENOENT')
      if (options.provider === null) throw kernelError('ENXIO')
      if (directories.has(path)) throw kernelError('EEXIST')
      directories.set(path, { generation: 0, inblob: null })
      names.push(basename(path))
    },
    async removeDirectory(path) {
      if (!directories.delete(path)) throw kernelError('ENOENT')
    },
    async read(path) {
      const entry = entryOf(path)
      const reader = readers[basename(path)]
      if (!reader) throw kernelError(basename(path) === 'inblob' ? 'EACCES' : 'ENOENT')
      const content = reader(entry)
      return new Uint8Array(typeof content === 'string' ? Buffer.from(content, 'latin1') : content)
    },
    async write(path, bytes) {
      const entry = entryOf(path)
      if (basename(path) !== 'inblob') throw kernelError('EACCES')
      write(entry, bytes.slice())
    },
  }
}

export type GuidText = `${string}-${string}-${string}-${string}-${string}`

/** AMD's table: entries, one of zeros, then the certificates. GUIDs as EFI writes them. */
export function certificateTable(entries: readonly (readonly [guid: GuidText, certificate: Uint8Array])[]): Uint8Array {
  const head = (entries.length + 1) * 24
  const table = Buffer.alloc(head + entries.reduce((sum, [, { length }]) => sum + length, 0))
  let at = head
  for (const [index, [guid, certificate]] of entries.entries()) {
    const [first = '', second = '', third = '', ...rest] = guid.split('-')
    const start = index * 24
    table.writeUInt32LE(Number.parseInt(first, 16), start)
    table.writeUInt16LE(Number.parseInt(second, 16), start + 4)
    table.writeUInt16LE(Number.parseInt(third, 16), start + 6)
    table.write(rest.join(''), start + 8, 'hex')
    table.writeUInt32LE(at, start + 16)
    table.writeUInt32LE(certificate.length, start + 20)
    table.set(certificate, at)
    at += certificate.length
  }
  return new Uint8Array(table)
}

export const GUIDS = {
  vcek: '63da758d-e664-4564-adc5-f4b93be8accd',
  vlek: 'a8074bc2-a25a-483e-aae6-39c045a0b8a1',
  ask: '4ab7b379-bbac-4fe4-a02f-05aef327c782',
  ark: 'c0b406a4-a803-4952-9743-3fb6014cd0ae',
  crl: '92f81bc3-5811-4d3d-97ff-d19f88dc67ea',
} as const
