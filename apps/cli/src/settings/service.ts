/** The environment of the service, with the few options a command line overrides. */
import type * as Enclave from '@perf-aggregator/enclave'
import type { Command } from 'commander'

export interface ServiceFlags {
  readonly dataDir?: string
  readonly port?: string
  readonly sandbox?: string
}

export function withService(command: Command): Command {
  return command.option('--data-dir <folder>', 'where the enclave keeps its files (DATA_DIR, default ./data)')
}

/** The service itself: loaded by the commands that run it, so that a reader of certificates does not wait for it. */
export async function loadEnclave(): Promise<typeof Enclave> {
  return await import('@perf-aggregator/enclave')
}

/** Rejects with `EnclaveError` `configuration`, naming every wrong variable. */
export async function configurationOf(flags: ServiceFlags): Promise<Enclave.Configuration> {
  const { readConfiguration } = await loadEnclave()
  return readConfiguration({
    ...process.env,
    ...(flags.dataDir === undefined ? {} : { DATA_DIR: flags.dataDir }),
    ...(flags.port === undefined ? {} : { ENCLAVE_PORT: flags.port }),
    ...(flags.sandbox === undefined ? {} : { SANDBOX_URL: flags.sandbox }),
  })
}
