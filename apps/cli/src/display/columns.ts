/** What text takes on a terminal, and how it is made to fit: all a function of its arguments. */
import { stripVTControlCharacters } from 'node:util'

export const GAP = '  '

/** Columns of `text`, colours not counted. */
export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length
}

export function pad(text: string, to: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, to - widthOf(text)))
  return align === 'left' ? text + space : space + text
}

/** `text` in at most `room` columns, its end given up for an ellipsis, and with it its colour. */
export function cut(text: string, room: number): string {
  if (widthOf(text) <= room) return text
  return `${stripVTControlCharacters(text).slice(0, Math.max(0, room - 1))}…`
}

/** `text` in lines of at most `room` columns, broken at spaces; a longer word keeps whole a line of its own. */
export function wrap(text: string, room: number): string[] {
  const lines: string[] = []
  let line: string | null = null
  for (const word of text.split(' ')) {
    if (line === null) line = word
    else if (widthOf(line) + 1 + widthOf(word) <= room) line += ` ${word}`
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line ?? '']
}

/** Digests and key names (hexadecimal of 16 bytes and more, base64url of 32) by their beginning, as people compare them. */
export function shortenDigests(text: string): string {
  return text.replaceAll(/(?<![\w-])(?:[0-9a-f]{32,}|[\w-]{43})(?![\w-])…?/g, (digest) => `${digest.slice(0, 12)}…`)
}
