/** The universal types X.509 needs, out of values {@link readDer} has read. Each refuses any other tag or form: `der_malformed`. */
import { type DerValue, malformed, TAG } from './read.ts'

export function expectTag(value: DerValue | undefined, tag: number): DerValue {
  if (value === undefined) throw malformed('a value is missing')
  if (value.tag !== tag) throw malformed('another type than expected')
  return value
}

/** The values inside a SEQUENCE. */
export function sequence(value: DerValue | undefined): readonly DerValue[] {
  return expectTag(value, TAG.sequence).children
}

/** The content of an INTEGER: two's complement, big-endian, in its shortest form, at most `most` bytes. */
export function integerBytes(value: DerValue | undefined, most = 1024): Uint8Array {
  const { content } = expectTag(value, TAG.integer)
  const [first = 0, second = 0] = content
  if (content.length === 0 || content.length > most) throw malformed('an integer without bytes, or too long')
  if (content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw malformed('an integer that is not in its shortest form')
  }
  return content
}

/** An INTEGER from 0 to `most`, which is at most 2^31 - 1. */
export function smallInteger(value: DerValue | undefined, most = 0x7fff_ffff): number {
  const bytes = integerBytes(value, 5)
  let number = 0
  for (const byte of bytes) number = number * 256 + byte
  if ((bytes[0] ?? 0) >= 0x80 || number > most) throw malformed('an integer out of range')
  return number
}

/** The magnitude of a positive INTEGER, left-padded with zeros to `size` bytes: half of a DER-coded ECDSA signature. */
export function unsigned(value: DerValue | undefined, size: number): Uint8Array {
  const bytes = integerBytes(value, size + 1)
  if ((bytes[0] ?? 0) >= 0x80) throw malformed('a negative integer')
  const magnitude = bytes[0] === 0 ? bytes.subarray(1) : bytes
  if (magnitude.length > size) throw malformed('an integer out of range')
  const padded = new Uint8Array(size)
  padded.set(magnitude, size - magnitude.length)
  return padded
}

export function boolean(value: DerValue | undefined): boolean {
  return booleanContent(expectTag(value, TAG.boolean))
}

/** A BOOLEAN under an implicit tag, which the caller has looked at. */
export function booleanContent({ content }: DerValue): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw malformed('a boolean of another form')
  return content[0] === 0xff
}

export function octets(value: DerValue | undefined): Uint8Array {
  return expectTag(value, TAG.octetString).content
}

/** The bytes of a BIT STRING of whole bytes. */
export function bitOctets(value: DerValue | undefined): Uint8Array {
  const { content } = expectTag(value, TAG.bitString)
  if (content.length < 1 || content[0] !== 0) throw malformed('a bit string that is not of whole bytes')
  return content.subarray(1)
}

/**
 * Numbers of the bits set in a BIT STRING of named bits, at most 16. Zero bits at its end, which X.690 section 11.2.2 leaves
 * out, are tolerated, for the key usage of AMD's intermediate CAs has one; unused bits must be zero.
 */
export function namedBits(value: DerValue | undefined): ReadonlySet<number> {
  const { content } = expectTag(value, TAG.bitString)
  const [unused = 8, ...bytes] = content.subarray(0, 4)
  const length = bytes.length * 8 - unused
  if (content.length > 3 || unused > 7 || length < 0) throw malformed('a bit string of another form')
  const set = new Set<number>()
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    if (((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) === 0) continue
    if (bit >= length) throw malformed('a bit string with bits set that it does not have')
    set.add(bit)
  }
  return set
}

/** An OBJECT IDENTIFIER in dotted form, every arc in its shortest form and below 2^53. */
export function oid(value: DerValue | undefined): string {
  const { content } = expectTag(value, TAG.oid)
  let arcs = ''
  let arc = 0
  let isBegun = false
  for (const byte of content) {
    if (!isBegun && byte === 0x80) throw malformed('an arc that is not in its shortest form')
    if (arc > 2 ** 45) throw malformed('an arc out of range')
    arc = arc * 128 + (byte & 0x7f)
    isBegun = byte >= 0x80
    if (isBegun) continue
    if (arcs === '') {
      const first = Math.min(2, Math.floor(arc / 40))
      arcs = `${first}.${arc - first * 40}`
    } else arcs += `.${arc}`
    arc = 0
  }
  if (isBegun || arcs === '') throw malformed('an object identifier that is cut short')
  return arcs
}

function digit(byte = 0): number {
  if (byte < 0x30 || byte > 0x39) throw malformed('a time of another form')
  return byte - 0x30
}

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const

/**
 * A time as RFC 5280 section 4.1.2.5 has it, in seconds since 1970: UTCTime for 1950 to 2049, GeneralizedTime after (and
 * before), to the second and in UTC. A day the calendar does not have is refused.
 */
export function time(value: DerValue | undefined): number {
  const isUtc = value?.tag === TAG.utcTime
  const { content } = isUtc ? value : expectTag(value, TAG.generalizedTime)
  const yearDigits = isUtc ? 2 : 4
  const pair = (at: number): number => digit(content[at]) * 10 + digit(content[at + 1])
  const [month, day] = [pair(yearDigits), pair(yearDigits + 2)]
  const [hour, minute, second] = [pair(yearDigits + 4), pair(yearDigits + 6), pair(yearDigits + 8)]
  const written = isUtc ? pair(0) : pair(0) * 100 + pair(2)
  if (content.length !== yearDigits + 11 || content.at(-1) !== 0x5a) throw malformed('a time of another form')
  const year = isUtc ? written + (written < 50 ? 2000 : 1900) : written
  if (!isUtc && year >= 1950 && year < 2050) throw malformed('a GeneralizedTime where a UTCTime belongs')
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const monthLength = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  if (month < 1 || month > 12 || day < 1 || day > monthLength || hour > 23 || minute > 59 || second > 59) {
    throw malformed('a time the calendar does not have')
  }
  const past = year - 1
  const daysBeforeYear = past * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400) - 719_162
  const days = daysBeforeYear + (DAYS_BEFORE_MONTH[month - 1] ?? 0) + (isLeap && month > 2 ? 1 : 0) + day - 1
  return ((days * 24 + hour) * 60 + minute) * 60 + second
}
