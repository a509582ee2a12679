/** Mutations of JSON that keep it JSON: a member of another value or name, missing, twice, or deep inside of others. */
import { mutateBytes } from './bytes-mutation.ts'
import type { Random } from './random.ts'

const VALUES: readonly string[] = [
  ...'null true 0 -1 1.5 1e308 9007199254740992 "" "\\u0000" "\\ud800" [] {} [null] "__proto__" {"__proto__":null}'.split(
    ' ',
  ),
  ...'"AAAA" "00" "FF" {"skip":"reason"} {"skip":""}'.split(' '),
]
const NAMES: readonly string[] = [
  '',
  '__proto__',
  'constructor',
  'toString',
  'mediaType',
  'skip',
  'extra',
  '\u0000',
  '0',
]

/** A token of JSON text: a string, a number, a word; what stands between is punctuation and white space. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/g

/** Null for what has no token. Works on the text, so that what JSON objects cannot hold (a name twice) can be made. */
export function mutateJson(input: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array | null {
  const { text, tokens } = tokensOf(input)
  if (tokens.length === 0) return null
  const { 0: token, index } = random.pick(tokens)
  return new Uint8Array(
    Buffer.from(text.slice(0, index) + altered(token, random, others) + text.slice(index + token.length)),
  )
}

interface Tokens {
  readonly text: string
  readonly tokens: readonly RegExpExecArray[]
}

/** Starts come back again and again. */
const known = new WeakMap<Uint8Array, Tokens>()

function tokensOf(input: Uint8Array): Tokens {
  const before = known.get(input)
  if (before) return before
  const text = Buffer.from(input).toString('utf8')
  const found = { text, tokens: [...text.matchAll(TOKEN)] }
  known.set(input, found)
  return found
}

function altered(token: string, random: Random, others: readonly Uint8Array[]): string {
  switch (random.below(6)) {
    case 0:
      return random.pick(VALUES)
    case 1:
      return JSON.stringify(random.pick(NAMES))
    case 2: {
      const deep = random.pick([1, 2, 40, 2000])
      return `${'['.repeat(deep)}${token}${']'.repeat(deep)}`
    }
    case 3:
      return `${token},${token}`
    case 4:
      return `${token}:${token},${token}`
    default:
      return token.startsWith('"')
        ? JSON.stringify(alteredText(token.slice(1, -1), random, others))
        : random.pick(VALUES)
  }
}

/** What stands in a string, itself often base64 or hexadecimal of a structure. */
function alteredText(text: string, random: Random, others: readonly Uint8Array[]): string {
  if (random.below(3) > 0 && /^[A-Za-z0-9+/_=-]{8,}$/.test(text)) {
    const encoding = /^[0-9a-fA-F]+$/.test(text)
      ? 'hex'
      : /[+/=]/.test(text) || random.below(2) === 0
        ? 'base64'
        : 'base64url'
    return Buffer.from(mutateBytes(Buffer.from(text, encoding), random, others)).toString(encoding)
  }
  return Buffer.from(mutateBytes(Buffer.from(text), random, others)).toString('utf8')
}
