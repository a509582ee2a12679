/** Tables for people: columns as wide as their widest cell, numbers to the right, and never wider than they may be. */
import { cut, GAP, pad, widthOf, wrap } from './columns.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/** Narrower than this a column says nothing. */
const NARROWEST = 6

/** Titles, a rule, and a line a row. Where `room` columns are not enough, the widest text is cut; numbers never are. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], room: number): string[] {
  const natural = columns.map(({ title }, at) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[at] ?? ''))))
  const widths = narrowed(columns, natural, room)
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align = 'left' }, at) => {
        const width = widths[at] ?? 0
        const cell = cells[at] ?? ''
        return pad(align === 'left' ? cut(cell, width) : cell, width, align)
      })
      .join(GAP)
      .trimEnd()
  return [
    line(columns.map(({ title }) => title)),
    widths.map((width) => '─'.repeat(width)).join(GAP),
    ...rows.map(line),
  ]
}

/** In less than this beside its row, text is a column of single words. */
const LEAST_TEXT = 16
const BELOW = '    '

/** Rows without titles; the last cell is wrapped below its own beginning, or where that leaves it no room, below the row. */
export function grid(rows: readonly (readonly string[])[], room: number): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: Math.max(0, count - 1) }, (_, at) =>
    Math.max(0, ...rows.map((row) => widthOf(row[at] ?? ''))),
  )
  const indent = widths.reduce((sum, width) => sum + width + GAP.length, 0)
  return rows.flatMap((row) => {
    const before = widths.map((width, at) => pad(row[at] ?? '', width, 'left') + GAP).join('')
    if (room - indent < Math.min(LEAST_TEXT, widthOf(row[count - 1] ?? ''))) {
      const below = wrap(row[count - 1] ?? '', room - BELOW.length).map((text) => BELOW + text)
      return [before.trimEnd(), ...below]
    }
    return wrap(row[count - 1] ?? '', room - indent).map((text, at) =>
      `${at === 0 ? before : ' '.repeat(indent)}${text}`.trimEnd(),
    )
  })
}

/** `name  value` lines, names aligned. */
export function pairs(rows: readonly (readonly [name: string, value: string])[], room: number): string[] {
  return grid(rows, room)
}

function narrowed(columns: readonly Column[], natural: readonly number[], room: number): number[] {
  const widths = [...natural]
  const text = columns.flatMap(({ align }, at) => (align === 'right' ? [] : [at]))
  const total = (): number => widths.reduce((sum, width) => sum + width, (widths.length - 1) * GAP.length)
  while (total() > room) {
    const widest = text.toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0]
    if (widest === undefined || (widths[widest] ?? 0) <= NARROWEST) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}
