import { ProtocolError } from '../errors.ts'

/** UTF-8 of `text`; a lone surrogate is refused (`invalid_utf8`), never replaced. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 3)
  let length = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) {
      bytes[length++] = unit
      continue
    }
    const point = text.codePointAt(at) ?? 0
    if (point >= 0xd800 && point <= 0xdfff) throw malformed()
    if (point > 0xffff) {
      at += 1
      bytes[length++] = 0xf0 | (point >> 18)
      bytes[length++] = 0x80 | ((point >> 12) & 0x3f)
    } else if (point > 0x7ff) {
      bytes[length++] = 0xe0 | (point >> 12)
    }
    bytes[length++] = point > 0x7ff ? 0x80 | ((point >> 6) & 0x3f) : 0xc0 | (point >> 6)
    bytes[length++] = 0x80 | (point & 0x3f)
  }
  return bytes.slice(0, length)
}

/**
 * Text of strict UTF-8 (RFC 3629). Overlong forms, surrogates, points above U+10FFFF and cut sequences are refused
 * (`invalid_utf8`); a byte order mark is kept as the character it is.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0
    const width = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : 4
    if ((width === 4 && (first < 0xf0 || first > 0xf4)) || at + width > bytes.length) throw malformed()
    let point = width === 1 ? first : first & (0xff >> (width + 1))
    for (let next = 1; next < width; next += 1) {
      const byte = bytes[at + next] ?? 0
      if ((byte & 0xc0) !== 0x80) throw malformed()
      point = (point << 6) | (byte & 0x3f)
    }
    if (point < (LEAST_POINT[width] ?? 0) || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw malformed()
    text += String.fromCodePoint(point)
    at += width
  }
  return text
}

/** The least code point that needs a sequence of this many bytes. */
const LEAST_POINT = [0, 0, 0x80, 0x800, 0x10000]

function malformed(): ProtocolError {
  return new ProtocolError('invalid_utf8', 'not well-formed Unicode')
}
