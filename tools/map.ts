/** `MAP.md` stays true: at most 60 lines, and every path it names in backquotes exists. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export function untrueMap(root: string): string[] {
  const text = readFileSync(join(root, 'MAP.md'), 'utf8')
  const lines = text.trimEnd().split('\n')
  const untrue = lines.length > 60 ? [`MAP.md has ${lines.length} lines; 60 is the most`] : []
  const paths = [...text.matchAll(/`([^`\s]+\/[^`\s]*)`/g)].map((match) => match[1] ?? '')
  if (paths.length === 0) untrue.push('MAP.md names no path')
  for (const path of paths) if (!existsSync(join(root, path))) untrue.push(`MAP.md names ${path}, which is not there`)
  return untrue
}
