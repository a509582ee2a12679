import type { Command } from 'commander'
import { wholeNumber } from '../settings/numbers.ts'

interface Flags {
  readonly trades?: string
  readonly pageSize?: string
  readonly fills?: string
  readonly out: string
  readonly dataDir?: string
}

export function demoCommand(program: Command): void {
  program
    .command('demo')
    .description('the whole way on this machine: local venues, the enclave, a trader, a certificate, its verification')
    .option('--trades <file>', 'real trades for the Binance account, for example XRP_ETH-trades.json.gz')
    .option('--page-size <n>', 'the most events a venue gives in one page')
    .option('--fills <n>', 'fills of each generated account')
    .option('--out <folder>', 'where the certificate goes', 'demo-out')
    .option('--data-dir <folder>', 'keep the enclave’s files here (default: a temporary folder, removed at the end)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ perf-aggregator demo\n  $ perf-aggregator demo --trades XRP_ETH-trades.json.gz --page-size 100',
    )
    .action(async (flags: Flags) => {
      const { runDemo } = await import('../demo/run.ts')
      await runDemo({
        out: flags.out,
        ...(flags.trades === undefined ? {} : { trades: flags.trades }),
        ...(flags.dataDir === undefined ? {} : { dataDirectory: flags.dataDir }),
        ...(flags.pageSize === undefined ? {} : { pageSize: wholeNumber('--page-size', flags.pageSize) }),
        ...(flags.fills === undefined ? {} : { fills: wholeNumber('--fills', flags.fills) }),
      })
    })
}
