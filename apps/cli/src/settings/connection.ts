/** The options by which every command that talks to an enclave says which one, and which it trusts. */
import { AttestationError } from '@perf-aggregator/attestation'
import { readPolicyFamilies } from '@perf-aggregator/attestation/policy-file'
import type { CertificateTrust, ConnectionOptions, HardwareTrust } from '@perf-aggregator/client'
import { ProtocolError, parseVkey } from '@perf-aggregator/protocol'
import type { Command } from 'commander'
import { readInput } from './files.ts'
import { UsageError } from './usage-error.ts'

export interface TrustFlags {
  readonly allowSimulator?: boolean
  readonly measurement?: readonly string[]
  readonly policy?: string
}

export interface ReaderFlags extends TrustFlags {
  readonly logKey?: readonly string[]
}

export interface ConnectionFlags extends TrustFlags {
  readonly url: string
}

const DEFAULT_URL = 'http://127.0.0.1:3000'

export function withTrust(command: Command): Command {
  return command
    .option('--allow-simulator', 'accept a simulator, which protects nothing: for development')
    .option('--measurement <hex...>', 'release digests to accept (npm run measure prints one)')
    .option('--policy <file>', 'what to insist on of hardware, by family (docs/examples/policies)')
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
export function trustOf(flags: TrustFlags): Pick<ConnectionOptions, 'allowSimulator' | 'measurements' | 'hardware'> {
  const { allowSimulator = false } = flags
  const measurements = measurementsOf(flags)
  if (measurements === undefined && !allowSimulator) {
    throw new UsageError(
      'say which enclave you trust: --measurement HEX (npm run measure prints the digest of a checkout), or --allow-simulator in development',
    )
  }
  return { allowSimulator, ...(measurements === undefined ? {} : { measurements }), ...hardwareOf(flags) }
}

/**
 * Whom the reader of a certificate believes. Without a measurement its report says, where nobody can miss it, that any
 * release was accepted. Throws `UsageError`.
 */
export function readerTrustOf(flags: ReaderFlags): CertificateTrust {
  const logKeys = logKeysOf(flags)
  return {
    allowSimulator: flags.allowSimulator ?? false,
    measurements: measurementsOf(flags) ?? { skip: 'no --measurement was given: any release is accepted' },
    ...(logKeys === undefined ? {} : { logKeys }),
    ...hardwareOf(flags),
  }
}

/** Throws `UsageError` for what is no key of a log. */
export function logKeysOf({ logKey }: ReaderFlags): readonly string[] | undefined {
  for (const vkey of logKey ?? []) {
    try {
      parseVkey(vkey)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      throw new UsageError('--log-key takes verifier keys in one line each: NAME+ID+KEY, as the log publishes them')
    }
  }
  return logKey
}

/** Hardware is accepted under a policy, and only under one. */
function hardwareOf({ policy }: TrustFlags): { readonly hardware?: HardwareTrust } {
  if (policy === undefined) return {}
  try {
    return { hardware: { families: readPolicyFamilies(readInput(policy)) } }
  } catch (error) {
    if (!(error instanceof AttestationError)) throw error
    throw new UsageError(`${policy}: ${error.message} (${error.code})`)
  }
}

function measurementsOf({ measurement }: TrustFlags): readonly string[] | undefined {
  if (measurement?.some((hex) => !/^[0-9a-f]{64}$/.test(hex)) === true) {
    throw new UsageError('--measurement takes 64 lower-case hexadecimal digits; npm run measure prints them')
  }
  return measurement
}
