/** A progress line for work that takes a while; silent where nobody looks. */
import type { Terminal } from './terminal.ts'

const BAR = 24

/** `fraction` from 0 to 1, or null while the whole is not known. */
export function progressLine(title: string, fraction: number | null, detail: string): string {
  if (fraction === null) return `${title}  ${detail}`
  const filled = Math.round(Math.min(Math.max(fraction, 0), 1) * BAR)
  return `${title}  ${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}  ${detail}`
}

/** Draws `line` now and ends it with `last` when the returned function is called. */
export function progress(to: Terminal): {
  readonly show: (line: string) => void
  readonly done: (line: string) => void
} {
  return {
    show: to.redraw,
    done: (line) => {
      to.redraw('')
      to.remark(line)
    },
  }
}
