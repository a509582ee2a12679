/** Tables for people: columns as wide as their widest cell, numbers to the right. */
import { stripVTControlCharacters } from 'node:util'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, at) => Math.max(width(title), ...rows.map((row) => width(row[at] ?? ''))))
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, at) => pad(cells[at] ?? '', widths[at] ?? 0, align ?? 'left'))
      .join('  ')
      .trimEnd()
  return [line(columns.map(({ title }) => title)), widths.map((w) => '─'.repeat(w)).join('  '), ...rows.map(line)]
}

/** `name  value` lines, names aligned. */
export function pairs(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const widest = Math.max(...rows.map(([name]) => width(name)))
  return rows.map(([name, value]) => `${pad(name, widest, 'left')}  ${value}`)
}

function width(text: string): number {
  return stripVTControlCharacters(text).length
}

function pad(text: string, to: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, to - width(text)))
  return align === 'left' ? text + space : space + text
}
