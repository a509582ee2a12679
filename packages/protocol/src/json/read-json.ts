import { ProtocolError } from '../errors.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [member: string]: Json
}

/**
 * JSON (RFC 8259) from an untrusted hand, read so that no two readers can see two different objects in the same text:
 * a repeated member name is refused (`json_duplicate_member`) instead of letting the last one win, and so is nesting
 * beyond `maxDepth` (`json_too_deep`), which bounds every later walk. Anything that is not JSON is `json_malformed`.
 */
export function readJson(text: string, maxDepth = 32): Json {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    // The cause is dropped: V8 quotes the text it stumbled on.
    throw new ProtocolError('json_malformed', 'not JSON')
  }
  refuseRepeatedMembers(text, maxDepth)
  return value
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Relies on `text` being valid JSON: in it, a string is a member name exactly when a colon follows. */
function refuseRepeatedMembers(text: string, maxDepth: number): void {
  /** Names seen per open container, innermost last; an array's set stays empty. */
  const open: Set<string>[] = []
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) {
      if (open.length === maxDepth) throw new ProtocolError('json_too_deep', `nested deeper than ${maxDepth}`)
      open.push(new Set())
    } else if (unit === CLOSE_OBJECT || unit === CLOSE_ARRAY) {
      open.pop()
    } else if (unit === QUOTE) {
      const end = closingQuote(text, at)
      if (text.charCodeAt(skipSpace(text, end + 1)) === COLON) {
        const raw = text.slice(at + 1, end)
        // Two spellings of one name (`a`, `\u0061`) are the same name.
        const name = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
        const names = open.at(-1)
        if (names?.has(name)) throw new ProtocolError('json_duplicate_member', 'a member name occurs twice')
        names?.add(name)
      }
      at = end
    }
  }
}

function closingQuote(text: string, opening: number): number {
  for (let at = text.indexOf('"', opening + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return at
  }
  return text.length
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1
  return at
}
