/** Scanning the whole memory of another process, which is stopped meanwhile so that nothing moves. Linux only. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Needle } from './forms.ts'
import type { Finding } from './search.ts'
import { Search } from './search.ts'

export interface ScanReport {
  /** Per needle; needles that were not found are missing. */
  readonly found: Readonly<Record<string, { readonly whole: number; readonly pieces: number }>>
  /** Sums over all needles. */
  readonly whole: number
  readonly pieces: number
  readonly scannedBytes: number
  /** Regions that could not be read, in bytes: kernel pages only. Anything else throws. */
  readonly skippedBytes: number
  readonly milliseconds: number
}

const CHUNK = 4 * 1024 * 1024
/** More than any needle is long, on either side of a chunk. */
const MARGIN = 4096

/** Rejects when the process cannot be stopped or its memory cannot be read: a scan that saw nothing proves nothing. */
export async function scanProcess(pid: number, needles: readonly Needle[]): Promise<ScanReport> {
  const began = performance.now()
  process.kill(pid, 'SIGSTOP')
  try {
    await stopped(pid)
    const scan = scanRegions(pid, new Search(needles))
    return { ...tally(scan.findings), ...scan.bytes, milliseconds: Math.round(performance.now() - began) }
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}

async function stopped(pid: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const state = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]
    if (state === 'T') return
    await sleep(2)
  }
  throw new Error('the process did not stop')
}

function scanRegions(
  pid: number,
  search: Search,
): {
  readonly findings: readonly Finding[]
  readonly bytes: { readonly scannedBytes: number; readonly skippedBytes: number }
} {
  const findings = new Map<string, Finding>()
  let scannedBytes = 0
  let skippedBytes = 0
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const pagemap = openSync(`/proc/${pid}/pagemap`, 'r')
  try {
    for (const region of readableRegions(pid)) {
      for (const { start, end } of presentRuns(pagemap, region)) {
        if (!readable(memory, start)) {
          if (!region.name.startsWith('[v')) throw new Error(`memory of process ${pid} could not be read`)
          skippedBytes += end - start
          continue
        }
        for (let at = start; at < end; at += CHUNK) {
          const first = Math.max(start, at - MARGIN)
          const last = Math.min(end, at + CHUNK + MARGIN)
          const chunk = Buffer.alloc(last - first)
          const length = readSync(memory, chunk, 0, chunk.length, first)
          if (length !== chunk.length) throw new Error(`memory of process ${pid} could not be read whole`)
          const to = Math.min(at + CHUNK, end) - first
          for (const finding of search.find(chunk, first, at - first, to)) {
            findings.set(`${finding.needle} ${finding.at}`, finding)
          }
        }
        scannedBytes += end - start
      }
    }
  } finally {
    closeSync(memory)
    closeSync(pagemap)
  }
  return { findings: [...findings.values()], bytes: { scannedBytes, skippedBytes } }
}

const PAGE = 4096
/** Bits 63 (in memory) and 62 (swapped out) of an entry of `/proc/PID/pagemap`: the rest of the region was never touched. */
const TOUCHED = 0xc0

/** Stretches of a region that hold anything; adjacent pages together, so that a needle across a page border is seen. */
function* presentRuns(pagemap: number, { start, end }: Region): Generator<{ start: number; end: number }> {
  const entries = Buffer.alloc(((end - start) / PAGE) * 8)
  const length = readSync(pagemap, entries, 0, entries.length, (start / PAGE) * 8)
  if (length !== entries.length) {
    yield { start, end }
    return
  }
  let from: number | null = null
  for (let index = 0; index * 8 < entries.length; index += 1) {
    const touched = ((entries[index * 8 + 7] ?? 0) & TOUCHED) !== 0
    const at = start + index * PAGE
    if (touched) from ??= at
    else if (from !== null) {
      yield { start: from, end: at }
      from = null
    }
  }
  if (from !== null) yield { start: from, end }
}

function readable(memory: number, at: number): boolean {
  try {
    return readSync(memory, Buffer.alloc(8), 0, 8, at) === 8
  } catch {
    return false
  }
}

interface Region {
  readonly start: number
  readonly end: number
  readonly name: string
}

function readableRegions(pid: number): readonly Region[] {
  return readFileSync(`/proc/${pid}/maps`, 'latin1')
    .split('\n')
    .flatMap((line) => {
      const match = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+\s*(.*)$/.exec(line)
      if (match === null || match[3]?.startsWith('r') !== true) return []
      const [, start = '', end = '', , name = ''] = match
      // Above user space: the kernel's own page, not readable this way.
      return name === '[vsyscall]' ? [] : [{ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16), name }]
    })
}

function tally(findings: readonly Finding[]): Pick<ScanReport, 'found' | 'whole' | 'pieces'> {
  const found: Record<string, { whole: number; pieces: number }> = {}
  for (const { needle, whole } of findings) {
    const entry = (found[needle] ??= { whole: 0, pieces: 0 })
    if (whole) entry.whole += 1
    else entry.pieces += 1
  }
  const sum = (of: (entry: { whole: number; pieces: number }) => number): number =>
    Object.values(found).reduce((total, entry) => total + of(entry), 0)
  return { found, whole: sum(({ whole }) => whole), pieces: sum(({ pieces }) => pieces) }
}
