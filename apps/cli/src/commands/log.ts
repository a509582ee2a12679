import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { verifyLog } from '@perf-aggregator/client'
import type { Command } from 'commander'
import { pairs } from '../display/table.ts'
import { good, terminal } from '../display/terminal.ts'
import { type ConnectionFlags, trustOf, withConnection } from '../settings/connection.ts'

interface Flags extends ConnectionFlags {
  readonly logKey?: readonly string[]
  readonly since?: string
  readonly json?: boolean
}

export function logCommand(program: Command): void {
  const log = program.command('log').description('the transparency log')
  withConnection(log.command('verify'))
    .description('read the whole log, recompute its tree, and check its newest checkpoint')
    .option('--log-key <vkey...>', 'the log keys, learnt elsewhere')
    .option(
      '--since <file>',
      'a checkpoint kept from an earlier run: the log must still contain it; the file is renewed',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ perf-aggregator log verify --since checkpoint.txt --allow-simulator')
    .action(verify)
}

async function verify(flags: Flags): Promise<void> {
  const older = flags.since !== undefined && existsSync(flags.since) ? readFileSync(flags.since, 'utf8') : undefined
  const verified = await verifyLog(flags.url, {
    ...trustOf(flags),
    ...(flags.logKey === undefined ? {} : { logKeys: flags.logKey }),
    ...(older === undefined ? {} : { olderCheckpoint: older }),
  })
  if (flags.since !== undefined) writeFileSync(flags.since, verified.checkpoint)
  if (flags.json === true) {
    terminal.print(JSON.stringify(verified))
    return
  }
  for (const line of pairs([
    [good('VERIFIED'), verified.origin],
    ['entries', String(verified.size)],
    ['root', verified.root],
    ['older checkpoint', older === undefined ? 'none given' : 'contained'],
  ])) {
    terminal.print(line)
  }
}
