/** The environment of the service, with the few options a command line overrides. */
import { type Configuration, readConfiguration } from '@perf-aggregator/enclave'
import type { Command } from 'commander'

export interface ServiceFlags {
  readonly dataDir?: string
  readonly port?: string
  readonly sandbox?: string
}

export function withService(command: Command): Command {
  return command.option('--data-dir <folder>', 'where the enclave keeps its files (DATA_DIR, default ./data)')
}

/** Throws `EnclaveError` `configuration`, naming every wrong variable. */
export function configurationOf(flags: ServiceFlags): Configuration {
  return readConfiguration({
    ...process.env,
    ...(flags.dataDir === undefined ? {} : { DATA_DIR: flags.dataDir }),
    ...(flags.port === undefined ? {} : { ENCLAVE_PORT: flags.port }),
    ...(flags.sandbox === undefined ? {} : { SANDBOX_URL: flags.sandbox }),
  })
}
