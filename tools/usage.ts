/** How the tools read their command line: `--help` prints a few lines with examples, and a wrong call is one sentence and exit code 2. */
import { type ParseArgsConfig, parseArgs } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>

interface Usage {
  /** Printed as it is. */
  readonly text: string
  /** Words that stand alone are taken, as names. */
  readonly takesNames: boolean
}

/** The command line, or the end of the process: with 0 after `--help`, with 2 where it was called wrongly. */
export function readCommandLine<const T extends Options>(
  { text, takesNames }: Usage,
  options: T,
): ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>> {
  if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
    console.log(text)
    process.exit(0)
  }
  try {
    const read = parseArgs<{ options: T; allowPositionals: true }>({ options, allowPositionals: true })
    if (takesNames || read.positionals.length === 0) return read
  } catch (error) {
    // The rest of its message is advice about a shell.
    if (error instanceof TypeError) calledWrongly(error.message.replace(/\.\s[^]*$/, ''))
    throw error
  }
  return calledWrongly('it takes no names')
}

/** Says in a sentence what is wrong with the call, and ends the process. */
export function calledWrongly(what: string): never {
  console.error(`error ${what}; --help shows how`)
  process.exit(2)
}

/** A whole number from `least` on. Ends the process where it is none. */
export function wholeNumber(flag: string, text: string, least: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : -1
  if (value < least) calledWrongly(`${flag} takes a whole number from ${least} on`)
  return value
}
