/** The options by which every command that talks to an enclave says which one, and which it trusts. */
import type { ConnectionOptions } from '@perf-aggregator/client'
import type { Command } from 'commander'
import { UsageError } from './usage-error.ts'

export interface TrustFlags {
  readonly allowSimulator?: boolean
  readonly measurement?: readonly string[]
}

export interface ConnectionFlags extends TrustFlags {
  readonly url: string
}

const DEFAULT_URL = 'http://127.0.0.1:3000'

export function withTrust(command: Command): Command {
  return command
    .option('--allow-simulator', 'accept a simulator, which protects nothing: for development')
    .option('--measurement <hex...>', 'release digests to accept (npm run measure prints one)')
}

export function withConnection(command: Command): Command {
  return withTrust(
    command.option(
      '--url <address>',
      'the enclave (PERF_AGGREGATOR_URL)',
      process.env['PERF_AGGREGATOR_URL'] ?? DEFAULT_URL,
    ),
  )
}

/** Throws `UsageError` when nothing says which enclave to trust. */
export function trustOf(flags: TrustFlags): Pick<ConnectionOptions, 'allowSimulator' | 'measurements'> {
  const { allowSimulator = false, measurement } = flags
  if (measurement === undefined && !allowSimulator) {
    throw new UsageError(
      'say which enclave you trust: --measurement HEX (npm run measure prints the digest of a checkout), or --allow-simulator in development',
    )
  }
  const wrong = measurement?.find((hex) => !/^[0-9a-f]{64}$/.test(hex))
  if (wrong !== undefined) throw new UsageError('--measurement takes 64 lower-case hexadecimal digits')
  return { allowSimulator, ...(measurement === undefined ? {} : { measurements: measurement }) }
}
