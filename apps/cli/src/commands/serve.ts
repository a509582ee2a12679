import type { RunningEnclave } from '@perf-aggregator/enclave'
import type { Command } from 'commander'
import { jsonText } from '../display/json.ts'
import { terminal } from '../display/terminal.ts'
import { configurationOf, loadEnclave, type ServiceFlags, withService } from '../settings/service.ts'
import { UsageError } from '../settings/usage-error.ts'
import { whenTold } from '../settings/when-told.ts'

interface Flags extends ServiceFlags {
  readonly json?: boolean
}

export function serveCommand(program: Command): void {
  withService(program.command('serve'))
    .description('run the enclave')
    .option('--port <port>', 'where to listen (ENCLAVE_PORT, default 3000; 0 takes a free one)')
    .option('--sandbox <url>', 'use local venues, as "perf-aggregator sandbox" prints them (SANDBOX_URL)')
    .option('--json', 'print the address as JSON')
    .addHelpText(
      'after',
      `
Logs are JSON lines on standard error. Every setting: README.md, "Settings".

Examples:
  $ perf-aggregator serve
  $ perf-aggregator serve --port 0 --data-dir /tmp/enclave --sandbox http://127.0.0.1:4000 --json`,
    )
    .action(serve)
}

async function serve(flags: Flags): Promise<void> {
  const starting = start(flags)
  whenTold(async () => await (await starting).stop())
  const enclave = await starting
  terminal.print(
    flags.json === true
      ? jsonText({ url: enclave.url, release: enclave.release, key_epoch: enclave.keyEpoch })
      : `enclave ready at ${enclave.url}, release ${enclave.release}`,
  )
}

async function start(flags: Flags): Promise<RunningEnclave> {
  const configuration = await configurationOf(flags)
  const { startEnclave } = await loadEnclave()
  try {
    return await startEnclave(configuration, { notice: terminal.remark })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    const address = `${configuration.host}:${configuration.port}`
    if (error.code === 'EADDRINUSE') throw new UsageError(`${address} is taken: --port 0 takes a free port`)
    if (error.code === 'EACCES') throw new UsageError(`${address} is not allowed: give a --port above 1023`)
    throw error
  }
}
