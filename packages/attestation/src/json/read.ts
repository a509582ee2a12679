/**
 * JSON (RFC 8259) in which every member stands once: `JSON.parse` takes the last of two, another reader the first, and then one
 * file means two things.
 */
import { decodeUtf8 } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'

const MAX_DEPTH = 32

/** Reads UTF-8 JSON of at most `most` bytes. `json_malformed`. */
export function readJson(bytes: Uint8Array, most = 1_048_576): unknown {
  if (bytes.length > most) throw malformed('longer than allowed')
  try {
    const text = decodeUtf8(bytes)
    const value: unknown = JSON.parse(text)
    requireDistinctMembers(text)
    return value
  } catch (cause) {
    if (cause instanceof AttestationError) throw cause
    throw new AttestationError('json_malformed', 'JSON: not well formed', { cause })
  }
}

/** A string, or one character of structure. Numbers and literals fall between the matches. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g

interface Open {
  readonly keys: Set<string> | null
  /** The last string, which is a key when a colon follows. */
  text: string
}

/** Walks over text that is known to be JSON: only repeated names and depth are left to find. */
function requireDistinctMembers(text: string): void {
  const open: Open[] = []
  for (const [token] of text.matchAll(TOKEN)) {
    const inside = open.at(-1)
    if (token === '{' || token === '[') {
      open.push({ keys: token === '{' ? new Set() : null, text: '' })
      if (open.length > MAX_DEPTH) throw malformed('nested too deep')
    } else if (token === '}' || token === ']') open.pop()
    else if (token === ':') {
      const key: unknown = JSON.parse(inside?.text ?? '""')
      if (typeof key !== 'string' || !inside?.keys || inside.keys.has(key))
        throw malformed('a member that stands twice')
      inside.keys.add(key)
    } else if (inside) inside.text = token
  }
}

function malformed(what: string): AttestationError {
  return new AttestationError('json_malformed', `JSON: ${what}`)
}
