/**
 * An outsider who trusts nothing of a log but its origin and its two public keys: reads it over its public read side,
 * and works everything out again from the entries. Shares no code with what it audits.
 */
import { createHash, createPublicKey, verify } from 'node:crypto'

/** The log's read side: `checkpoint` and tile paths, without leading slash; null when there is no such resource. */
export type LogReader = (path: string) => Promise<Uint8Array | null>

export interface AuditTrust {
  readonly origin: string
  /** Raw, 32 bytes. */
  readonly ed25519: Uint8Array
  /** Raw, 1,312 bytes. */
  readonly mlDsa44: Uint8Array
}

export interface AuditedLog {
  readonly size: number
  readonly root: Buffer
  readonly entries: readonly Buffer[]
  readonly tree: Tree
}

/** What an auditor says of a log that is not what it claims to be. */
export class AuditError extends Error {
  override readonly name = 'AuditError'
}

/** Reads the whole log: checkpoint, every tile on every level, every entry. Rejects {@link AuditError}. */
export async function auditLog(read: LogReader, trust: AuditTrust): Promise<AuditedLog> {
  const note = await read('checkpoint')
  insist(note !== null, 'no checkpoint')
  const { size, root } = auditCheckpoint(Buffer.from(note).toString(), trust)
  const entries: Buffer[] = []
  for (let index = 0; index * 256 < size; index += 1) {
    const width = Math.min(256, size - index * 256)
    const bundle = await read(pathOf('entries', index, width))
    insist(bundle !== null, `no entry bundle ${index}`)
    entries.push(...splitBundle(Buffer.from(bundle), width))
  }
  const tree = new Tree(entries)
  insist(tree.root(0, size).equals(root), 'the root is not that of the entries')
  for (let level = 0, span = 1; span <= size; level += 1, span *= 256) {
    const hashes = Math.floor(size / span)
    for (let index = 0; index * 256 < hashes; index += 1) {
      const width = Math.min(256, hashes - index * 256)
      const tile = await read(pathOf(level, index, width))
      const expected = Array.from({ length: width }, (_, at) => {
        const from = (index * 256 + at) * span
        return tree.root(from, from + span)
      })
      insist(tile !== null && Buffer.concat(expected).equals(tile), `tile ${level}/${index} is not that of the entries`)
    }
  }
  return { size, root, entries, tree }
}

/**
 * Checks a tlog-proof once given out against the log as it is now: its checkpoint is signed by both keys and a state
 * this log went through, and its entry is where it says. Returns the index. Throws {@link AuditError}.
 */
export function auditProof(proof: string, entry: Uint8Array, log: AuditedLog, trust: AuditTrust): number {
  const end = proof.indexOf('\n\n')
  const [header, indexLine, ...path] = proof.slice(0, end).split('\n')
  insist(header === 'c2sp.org/tlog-proof@v1', 'not a tlog-proof')
  const index = Number(indexLine?.replace(/^index /, ''))
  const { size, root } = auditCheckpoint(proof.slice(end + 2), trust)
  insist(size <= log.size, 'a published checkpoint is ahead of the log: the log went back')
  insist(log.tree.root(0, size).equals(root), 'a published checkpoint is not of this history: the log forked')
  insist(log.entries[index]?.equals(entry) === true, 'the entry is not at its index')
  const expected = log.tree.path(index, 0, size).map((hash) => hash.toString('base64'))
  insist(expected.join() === path.join(), 'the path is not that of the entry')
  return index
}

/** Size and root of a checkpoint both keys signed. Throws {@link AuditError}. */
export function auditCheckpoint(note: string, trust: AuditTrust): { size: number; root: Buffer } {
  const split = note.lastIndexOf('\n\n')
  const text = note.slice(0, split + 1)
  const [origin, size, root, ...rest] = text.split('\n')
  insist(origin === trust.origin && rest.length === 1, 'not a checkpoint of this log')
  const head = { size: Number(size), root: Buffer.from(root ?? '', 'base64') }
  insist(String(head.size) === size && head.root.length === 32, 'malformed head')

  const lines = note
    .slice(split + 2)
    .split('\n')
    .slice(0, -1)
  insist(lines.length === 2, 'not two signatures')
  const classic = signatureOf(lines, trust.origin, 0x01, trust.ed25519)
  insist(verifies(ED25519_SPKI, trust.ed25519, Buffer.from(text), classic), 'bad Ed25519 signature')
  const quantum = signatureOf(lines, trust.origin, 0x06, trust.mlDsa44)
  const end = Buffer.alloc(8)
  end.writeBigUInt64BE(BigInt(head.size))
  const name = Buffer.concat([Buffer.of(Buffer.byteLength(trust.origin)), Buffer.from(trust.origin)])
  const time = quantum.subarray(0, 8)
  const parts = [Buffer.from('subtree/v1\n\0'), name, time, name, Buffer.alloc(8), end, head.root]
  insist(verifies(ML_DSA_44_SPKI, trust.mlDsa44, Buffer.concat(parts), quantum.subarray(8)), 'bad ML-DSA-44 signature')
  return head
}

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const ML_DSA_44_SPKI = Buffer.from('30820532300b06096086480165030403110382052100', 'hex')

/** RFC 6962 section 2.1, with what was already worked out kept. */
class Tree {
  readonly #entries: readonly Buffer[]
  readonly #known = new Map<string, Buffer>()

  constructor(entries: readonly Buffer[]) {
    this.#entries = entries
  }

  root(from: number, to: number): Buffer {
    const key = `${from} ${to}`
    const known = this.#known.get(key) ?? this.#hash(from, to)
    this.#known.set(key, known)
    return known
  }

  path(index: number, from: number, to: number): Buffer[] {
    if (to - from <= 1) return []
    const split = from + splitOf(to - from)
    return index < split
      ? [...this.path(index, from, split), this.root(split, to)]
      : [...this.path(index, split, to), this.root(from, split)]
  }

  #hash(from: number, to: number): Buffer {
    if (from === to) return sha256()
    if (to - from === 1) return sha256(Buffer.of(0), this.#entries[from] ?? Buffer.of())
    const split = from + splitOf(to - from)
    return sha256(Buffer.of(1), this.root(from, split), this.root(split, to))
  }
}

function splitOf(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1))
}

function sha256(...parts: readonly Buffer[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest()
}

function pathOf(level: number | 'entries', index: number, width: number): string {
  const groups = String(index)
    .padStart(3 * Math.ceil(String(index).length / 3), '0')
    .match(/.{3}/g)
  const path = groups?.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/')
  return `tile/${level}/${path}${width === 256 ? '' : `.p/${width}`}`
}

function splitBundle(bundle: Buffer, width: number): Buffer[] {
  const entries: Buffer[] = []
  let at = 0
  while (at < bundle.length) {
    const length = bundle.readUInt16BE(at)
    entries.push(bundle.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  insist(at === bundle.length && entries.length === width, 'malformed entry bundle')
  return entries
}

function signatureOf(lines: readonly string[], name: string, type: number, publicKey: Uint8Array): Buffer {
  const id = sha256(Buffer.from(`${name}\n`), Buffer.of(type), Buffer.from(publicKey)).subarray(0, 4)
  for (const line of lines) {
    const [dash, signer, encoded] = line.split(' ')
    const bytes = Buffer.from(encoded ?? '', 'base64')
    if (dash === '—' && signer === name && bytes.subarray(0, 4).equals(id)) return bytes.subarray(4)
  }
  throw new AuditError(`no signature of type ${type} by the log`)
}

function verifies(spki: Buffer, publicKey: Uint8Array, message: Buffer, signature: Buffer): boolean {
  const key = createPublicKey({ key: Buffer.concat([spki, publicKey]), format: 'der', type: 'spki' })
  return verify(null, message, key, signature)
}

function insist(condition: boolean, complaint: string): asserts condition {
  if (!condition) throw new AuditError(complaint)
}
