/** Where the tool writes: results to standard output, everything else to standard error, so that pipes stay clean. */
import { styleText } from 'node:util'

export interface Terminal {
  /** A line of the result. */
  readonly print: (line: string) => void
  /** A remark, a question, progress. */
  readonly remark: (line: string) => void
  /** Redraws the last remark in place on a terminal; prints it once where there is none. */
  readonly redraw: (line: string) => void
  readonly width: number
}

export const terminal: Terminal = {
  print: (line) => void process.stdout.write(`${line}\n`),
  remark: (line) => void process.stderr.write(`${line}\n`),
  redraw: (line) => {
    if (process.stderr.isTTY) process.stderr.write(`\r[2K${line}`)
  },
  width: Math.min(process.stdout.columns ?? 100, 120),
}

type Style = Parameters<typeof styleText>[0]

/** Coloured on a terminal that wants it (`NO_COLOR` respected), plain elsewhere. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

export const good = (text: string): string => paint('green', text)
export const bad = (text: string): string => paint('red', text)
export const faint = (text: string): string => paint('dim', text)
export const strong = (text: string): string => paint('bold', text)
