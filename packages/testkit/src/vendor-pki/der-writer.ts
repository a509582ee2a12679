/** Writes DER for test evidence: whatever a test asks for, correct or not. Nothing is checked. */

/** One value: tag byte, length, content. */
export function value(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts)
  return new Uint8Array(Buffer.concat([Buffer.of(tag), length(content.length), content]))
}

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.of(size)
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(size)
  const significant = bytes.subarray(bytes.findIndex((byte) => byte !== 0))
  return Buffer.concat([Buffer.of(0x80 | significant.length), significant])
}

export const der = {
  sequence: (...parts: readonly Uint8Array[]) => value(0x30, ...parts),
  set: (...parts: readonly Uint8Array[]) => value(0x31, ...parts),
  /** Of a number, or of content bytes as they stand. */
  integer: (number: number | Uint8Array) => value(0x02, typeof number === 'number' ? integerContent(number) : number),
  boolean: (is: boolean) => value(0x01, Uint8Array.of(is ? 0xff : 0)),
  octets: (bytes: Uint8Array) => value(0x04, bytes),
  /** A BIT STRING of whole bytes. */
  bits: (bytes: Uint8Array) => value(0x03, Uint8Array.of(0), bytes),
  namedBits,
  null: () => value(0x05),
  oid,
  utf8: (text: string) => value(0x0c, Buffer.from(text, 'utf8')),
  printable: (text: string) => value(0x13, Buffer.from(text, 'latin1')),
  enumerated: (number: number) => value(0x0a, integerContent(number)),
  time,
  /** `[number]` around whole values. */
  explicit: (number: number, ...parts: readonly Uint8Array[]) => value(0xa0 | number, ...parts),
  /** `[number]` in place of a primitive type's tag. */
  implicit: (number: number, content: Uint8Array) => value(0x80 | number, content),
} as const

function integerContent(number: number): Uint8Array {
  const bytes: number[] = []
  let rest = number
  do {
    bytes.unshift(rest & 0xff)
    rest = Math.floor(rest / 256)
  } while (rest > 0)
  if ((bytes[0] ?? 0) >= 0x80) bytes.unshift(0)
  return Uint8Array.from(bytes)
}

function namedBits(...set: readonly number[]): Uint8Array {
  const last = Math.max(-1, ...set)
  const bytes = new Uint8Array(Math.ceil((last + 1) / 8))
  for (const bit of set) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return value(0x03, Uint8Array.of(bytes.length * 8 - last - 1), bytes)
}

function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const content = [first * 40 + second, ...rest].flatMap((arc) => {
    const bytes = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) bytes.unshift(0x80 | (left & 0x7f))
    return bytes
  })
  return value(0x06, Uint8Array.from(content))
}

/** @param seconds since 1970: UTCTime until 2049, GeneralizedTime after */
function time(seconds: number): Uint8Array {
  const text = `${new Date(seconds * 1000).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  const isUtc = Number(text.slice(0, 4)) < 2050
  return value(isUtc ? 0x17 : 0x18, Buffer.from(isUtc ? text.slice(2) : text, 'latin1'))
}
