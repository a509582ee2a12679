import { decodeUtf8 } from '../bytes/utf8.ts'
import { ProtocolError } from '../errors.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a

/** What a character after a backslash stands for, `u` apart. RFC 8259 section 7. */
const ESCAPES = new Map([
  [QUOTE, QUOTE],
  [BACKSLASH, BACKSLASH],
  [0x2f, 0x2f],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
])

/**
 * A cursor over the bytes of a JSON text (RFC 8259) that can hand out a string as bytes where they lie, never as a
 * JavaScript string. Knows the values submissions have: objects, arrays, strings, booleans. Everything it does not
 * expect is `credentials_json`.
 */
export class JsonBytes {
  /** Altered by {@link secret} only. */
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** `{ member, … }`; `member` consumes name, colon and value. */
  object(member: () => void): void {
    this.#list(0x7b, 0x7d, member)
  }

  /** `[ item, … ]` */
  array(item: () => void): void {
    this.#list(0x5b, 0x5d, item)
  }

  colon(): void {
    this.#expect(COLON)
  }

  boolean(): boolean {
    this.#space()
    for (const [word, value] of BOOLEANS) {
      if (word.every((byte, index) => this.#bytes[this.#at + index] === byte)) {
        this.#at += word.length
        return value
      }
    }
    throw malformed()
  }

  /** A string that is no secret. */
  text(): string {
    this.#expect(QUOTE)
    const start = this.#at
    while (this.#peek() !== QUOTE) this.#at += this.#peek() === BACKSLASH ? 2 : 1
    const token = this.#bytes.subarray(start - 1, ++this.#at)
    try {
      const text: unknown = JSON.parse(decodeUtf8(token))
      if (typeof text === 'string' && text.isWellFormed()) return text
    } catch (cause) {
      throw new ProtocolError('credentials_json', 'credentials with a malformed string', { cause })
    }
    throw malformed()
  }

  /**
   * A string of 1 to `longest` printable ASCII characters, and line ends where they are `allowed`, as a view of the
   * bytes, escapes resolved in place: an escape is longer than what it stands for, so writing never overtakes reading.
   * Another character or length is `credentials_field`.
   */
  secret(longest: number, lineEnds: 'allowed' | 'refused'): Uint8Array {
    this.#expect(QUOTE)
    const start = this.#at
    let written = start
    for (let byte = this.#peek(); byte !== QUOTE; byte = this.#peek()) {
      // A control character has to be escaped in JSON; only what is left after that is a question of our limits.
      if (byte < 0x20) throw malformed()
      this.#at++
      const character = byte === BACKSLASH ? this.#escape() : byte
      const printable = character >= 0x20 && character <= 0x7e
      const lineEnd = character === 0x0a || character === 0x0d
      if (!printable && !(lineEnd && lineEnds === 'allowed')) throw outOfForm()
      this.#bytes[written++] = character
    }
    this.#at++
    if (written === start || written - start > longest) throw outOfForm()
    return this.#bytes.subarray(start, written)
  }

  /** Nothing but white space is left. */
  end(): void {
    this.#space()
    if (this.#at !== this.#bytes.length) throw malformed()
  }

  #escape(): number {
    const escape = this.#peek()
    this.#at++
    if (escape !== 0x75) {
      const character = ESCAPES.get(escape)
      if (character === undefined) throw malformed()
      return character
    }
    let unit = 0
    for (let digit = 0; digit < 4; digit++) {
      unit = unit * 16 + hexDigit(this.#peek())
      this.#at++
    }
    return unit
  }

  #list(open: number, close: number, item: () => void): void {
    this.#expect(open)
    this.#space()
    if (this.#peek() === close) {
      this.#at++
      return
    }
    for (;;) {
      item()
      this.#space()
      const next = this.#peek()
      this.#at++
      if (next === close) return
      if (next !== COMMA) throw malformed()
    }
  }

  #expect(byte: number): void {
    this.#space()
    if (this.#peek() !== byte) throw malformed()
    this.#at++
  }

  #space(): void {
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
      this.#at++
    }
  }

  #peek(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw malformed()
    return byte
  }
}

const BOOLEANS: readonly (readonly [readonly number[], boolean])[] = [
  [[0x74, 0x72, 0x75, 0x65], true],
  [[0x66, 0x61, 0x6c, 0x73, 0x65], false],
]

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  if (lower >= 0x61 && lower <= 0x66) return lower - 0x57
  throw malformed()
}

function malformed(): ProtocolError {
  return new ProtocolError('credentials_json', 'credentials that are not one JSON object')
}

function outOfForm(): ProtocolError {
  return new ProtocolError('credentials_field', 'credentials with a secret that is empty, too long or not ASCII')
}
