/** A small line chart in text: an equity curve says more than its last figure. */

const DOTS = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80] as const
const BRAILLE = 0x2800

/**
 * `values` oldest first, drawn `width` characters wide and `height` high in braille dots (2 by 4 a character),
 * with the highest and lowest value at the left. Values are for drawing only, never for counting.
 */
export function chart(values: readonly number[], width: number, height: number): string[] {
  if (values.length < 2) return []
  const columns = width * 2
  const levels = height * 4
  const lowest = Math.min(...values)
  const highest = Math.max(...values)
  const span = highest - lowest || 1
  const cells = Array.from({ length: height }, () => Array.from({ length: width }, () => 0))
  let before: number | null = null
  for (let x = 0; x < columns; x += 1) {
    const value = values[Math.round((x / (columns - 1)) * (values.length - 1))] ?? lowest
    const y = Math.round(((value - lowest) / span) * (levels - 1))
    const from = Math.min(before ?? y, y)
    for (let level = from; level <= Math.max(before ?? y, y); level += 1) {
      const row = cells[height - 1 - Math.floor(level / 4)]
      const dot = DOTS[(x % 2) * 4 + (3 - (level % 4))] ?? 0
      const column = Math.floor(x / 2)
      if (row !== undefined) row[column] = (row[column] ?? 0) | dot
    }
    before = y
  }
  const label = (value: number): string => value.toLocaleString('en-GB', { maximumFractionDigits: 2 })
  const labels = [label(highest), ...Array.from({ length: Math.max(0, height - 2) }, () => ''), label(lowest)]
  const margin = Math.max(...labels.map((text) => text.length))
  return cells.map(
    (row, at) =>
      `${(labels[at] ?? '').padStart(margin)} ┤${row.map((dots) => String.fromCodePoint(BRAILLE + dots)).join('')}`,
  )
}
