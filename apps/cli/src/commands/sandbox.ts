import type { Command } from 'commander'
import { checkRecording } from '../demo/recording.ts'
import { terminal } from '../display/terminal.ts'
import { wholeNumber } from '../settings/numbers.ts'
import { whenTold } from '../settings/when-told.ts'

interface Flags {
  readonly trades?: string
  readonly pageSize?: string
  readonly fills?: string
  readonly seed?: string
  readonly json?: boolean
}

export function sandboxCommand(program: Command): void {
  program
    .command('sandbox')
    .description('run local venues that speak the real protocols: a SANDBOX, no real money')
    .option(
      '--trades <file>',
      'let the Binance trader have these trades ([ms, id, null, side, price, amount, cost], BASE_QUOTE-….json or .json.gz)',
    )
    .option('--page-size <n>', 'the most events a venue gives in one page')
    .option('--fills <n>', 'fills of each trader')
    .option('--seed <text>', 'another seed makes other traders')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ perf-aggregator sandbox --page-size 100\n  $ perf-aggregator serve --sandbox http://127.0.0.1:PORT',
    )
    .action(async (flags: Flags) => {
      if (flags.trades !== undefined) checkRecording(flags.trades)
      const { runSandbox } = await import('@perf-aggregator/venue-sandbox')
      const starting = runSandbox(
        {
          ...(flags.trades === undefined ? {} : { trades: flags.trades }),
          ...(flags.pageSize === undefined ? {} : { pageSize: wholeNumber('--page-size', flags.pageSize) }),
          ...(flags.fills === undefined ? {} : { fillsPerAccount: wholeNumber('--fills', flags.fills) }),
          ...(flags.seed === undefined ? {} : { seed: flags.seed }),
          json: flags.json === true,
        },
        terminal.print,
      )
      whenTold(async () => await (await starting).stop())
      await starting
    })
}
