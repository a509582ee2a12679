/** Where the tool writes: results to standard output, everything else to standard error, so that pipes stay clean. */
import { styleText } from 'node:util'
import { withoutControls } from './foreign.ts'

export interface Terminal {
  /** A line of the result. */
  readonly print: (line: string) => void
  /** A remark, a question. */
  readonly remark: (line: string) => void
  /** Draws `line` in place of what was last drawn, on a terminal; nowhere else, where it would pile up. `''` clears. */
  readonly redraw: (line: string) => void
  /** Columns of a line of the result. */
  readonly width: number
}

const CLEAR_LINE = '\r\u001B[2K'

/** Columns where nobody says: what fits beside another window. */
const USUAL_WIDTH = 100
const NARROWEST = 40
const WIDEST = 120

export const terminal: Terminal = {
  print: (line) => void process.stdout.write(`${withoutControls(line)}\n`),
  remark: (line) => void process.stderr.write(`${withoutControls(line)}\n`),
  redraw: (line) => {
    // A drawn line that wraps could not be cleared again.
    if (process.stderr.isTTY) process.stderr.write(`${CLEAR_LINE}${line.slice(0, columnsOf(process.stderr) - 1)}`)
  },
  width: Math.max(NARROWEST, Math.min(columnsOf(process.stdout), WIDEST)),
}

/** Of the terminal; where there is none, or it does not say (0), as `COLUMNS` says. */
function columnsOf({ columns }: NodeJS.WriteStream): number {
  return columns || Number.parseInt(process.env['COLUMNS'] ?? '', 10) || USUAL_WIDTH
}

type Style = Parameters<typeof styleText>[0]

/** Coloured where `stream` is a terminal that wants it (`NO_COLOR` respected), plain elsewhere. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream })
}

export const good = (text: string): string => paint('green', text)
export const bad = (text: string): string => paint('red', text)
export const warn = (text: string): string => paint('yellow', text)
export const faint = (text: string): string => paint('dim', text)
export const strong = (text: string): string => paint('bold', text)
