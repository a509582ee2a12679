import { EncodingError } from './errors.ts'
import type { Bytes } from './octets.ts'

/** The smallest code point that needs so many continuation bytes: anything less is an overlong form. */
const SMALLEST = [0, 0x80, 0x800, 0x1_0000]

/** Arguments of one `fromCharCode` call, well under every engine's limit. */
const CHUNK = 4096

/** UTF-8 (RFC 3629). A lone surrogate has no UTF-8: `invalid_utf8`, never a silent U+FFFD. */
export function encodeUtf8(text: string): Bytes {
  const bytes = new Uint8Array(utf8Length(text))
  let at = 0
  for (let index = 0; index < text.length; index++) {
    const point = text.codePointAt(index) ?? 0
    if (point < 0x80) bytes[at++] = point
    else if (point < 0x800) {
      bytes[at++] = 0xc0 | (point >>> 6)
      bytes[at++] = 0x80 | (point & 63)
    } else if (point < 0x1_0000) {
      bytes[at++] = 0xe0 | (point >>> 12)
      bytes[at++] = 0x80 | ((point >>> 6) & 63)
      bytes[at++] = 0x80 | (point & 63)
    } else {
      bytes[at++] = 0xf0 | (point >>> 18)
      bytes[at++] = 0x80 | ((point >>> 12) & 63)
      bytes[at++] = 0x80 | ((point >>> 6) & 63)
      bytes[at++] = 0x80 | (point & 63)
      index++
    }
  }
  return bytes
}

/** Strict UTF-8: truncated, overlong, surrogate or out-of-range sequences are `invalid_utf8`. A BOM is kept. */
export function decodeUtf8(bytes: Uint8Array): string {
  const units: number[] = []
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at++] ?? 0
    if (lead < 0x80) units.push(lead)
    else {
      const more = lead >= 0xf5 || lead < 0xc2 ? 0 : lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1
      if (more === 0) throw new EncodingError('invalid_utf8', 'a byte that starts no sequence')
      let point = lead & (0x3f >>> more)
      for (let left = more; left > 0; left--) {
        const next = bytes[at++] ?? 0
        if ((next & 0xc0) !== 0x80) throw new EncodingError('invalid_utf8', 'a sequence that is cut short')
        point = (point << 6) | (next & 63)
      }
      if (point < (SMALLEST[more] ?? 0) || point > 0x10_ffff || (point >= 0xd800 && point <= 0xdfff)) {
        throw new EncodingError('invalid_utf8', 'an overlong sequence, a surrogate or a point past U+10FFFF')
      }
      if (point < 0x1_0000) units.push(point)
      else units.push(0xd800 + ((point - 0x1_0000) >>> 10), 0xdc00 + ((point - 0x1_0000) & 0x3ff))
    }
    if (units.length >= CHUNK) text += String.fromCharCode(...units.splice(0))
  }
  return text + String.fromCharCode(...units)
}

function utf8Length(text: string): number {
  let length = 0
  for (let index = 0; index < text.length; index++) {
    const point = text.codePointAt(index) ?? 0
    if (point >= 0xd800 && point <= 0xdfff) throw new EncodingError('invalid_utf8', 'a lone surrogate')
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
    if (point >= 0x1_0000) index++
  }
  return length
}
