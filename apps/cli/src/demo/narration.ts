/** How the demo tells what it does: a title a step, everything else below it. */
import { strong, terminal } from '../display/terminal.ts'

const INDENT = '  '

/** Columns left for what is said. */
export const ROOM = terminal.width - INDENT.length

export function step(title: string): void {
  terminal.print(`\n${strong(title)}`)
}

export function say(...lines: readonly string[]): void {
  for (const line of lines) terminal.print(line === '' ? '' : INDENT + line)
}

export function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}
