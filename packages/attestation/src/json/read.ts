/**
 * JSON (RFC 8259) in which every member stands once: `JSON.parse` takes the last of two, another reader the first, and then a
 * signature means two things. Keeps the exact bytes of the outermost members, because Intel signs those.
 */
import { type Bytes, decodeUtf8, encodeUtf8 } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'

export interface JsonDocument {
  readonly value: unknown
  /** The bytes of each member's value, as written, when the document is an object. Empty otherwise. */
  readonly members: ReadonlyMap<string, Bytes>
}

const MAX_DEPTH = 32

/** Reads UTF-8 JSON of at most `most` bytes. `json_malformed`. */
export function readJson(bytes: Uint8Array, most = 1_048_576): JsonDocument {
  if (bytes.length > most) throw malformed('longer than allowed')
  try {
    const text = decodeUtf8(bytes)
    const value: unknown = JSON.parse(text)
    return { value, members: readMembers(text) }
  } catch (cause) {
    if (cause instanceof AttestationError) throw cause
    throw new AttestationError('json_malformed', 'JSON: not well formed', { cause })
  }
}

/** A string, or one character of structure. Numbers and literals fall between the matches. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gy

interface Open {
  readonly keys: Set<string> | null
  /** The last string, which is a key when a colon follows. */
  text: string
}

/** Walks over text that is known to be JSON: only repeated names, depth and the outermost members are left to find. */
function readMembers(text: string): ReadonlyMap<string, Bytes> {
  const members = new Map<string, Bytes>()
  const open: Open[] = []
  let member: { readonly key: string; readonly from: number } | null = null
  const endMember = (until: number): void => {
    if (open.length !== 1 || member === null) return
    members.set(member.key, encodeUtf8(text.slice(member.from, until).trim()))
    member = null
  }
  for (const { token, at } of tokens(text)) {
    const inside = open.at(-1)
    if (token === '{' || token === '[') {
      open.push({ keys: token === '{' ? new Set() : null, text: '' })
      if (open.length > MAX_DEPTH) throw malformed('nested too deep')
    } else if (token === '}' || token === ']') {
      endMember(at)
      open.pop()
    } else if (token === ',') endMember(at)
    else if (token === ':') {
      const key: unknown = JSON.parse(inside?.text ?? '""')
      if (typeof key !== 'string' || !inside?.keys || inside.keys.has(key))
        throw malformed('a member that stands twice')
      inside.keys.add(key)
      if (open.length === 1) member = { key, from: at + 1 }
    } else if (inside) inside.text = token
  }
  return members
}

function* tokens(text: string): Generator<{ readonly token: string; readonly at: number }> {
  for (let at = 0; at < text.length; ) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)?.[0]
    if (token !== undefined) yield { token, at }
    at += token?.length ?? 1
  }
}

function malformed(what: string): AttestationError {
  return new AttestationError('json_malformed', `JSON: ${what}`)
}
