/** How this tool reads its command line, and how it says what is wrong with one: like any other error, and exit code 2. */
import type { Command, CommanderError } from 'commander'
import { UsageError } from './usage-error.ts'

/** Makes `command` and all below it throw `UsageError` where they are called wrongly. Call it when all are added. */
export function refuseWrongUsage(command: Command, name: string = command.name()): void {
  command.configureOutput({ outputError: () => undefined })
  command.exitOverride((ended: CommanderError) => {
    // Help was asked for and printed. A group called without a command prints the same, and is called wrongly.
    if (ended.exitCode === 0) process.exit(0)
    if (ended.code === 'commander.help') throw new UsageError(`${name} takes a command; "${name} --help" shows them`)
    throw new UsageError(`${plainly(ended.message)}; "${name} --help" shows how`)
  })
  for (const below of command.commands) refuseWrongUsage(below, `${name} ${below.name()}`)
}

/** One sentence, without the words typed in the wrong place: one of them could have been a secret. */
function plainly(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/'(--?[\w-]+)=[^]*'/, "'$1'")
    .replace(/ but got (\d+): [^]*$/, ' but got $1')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
}
