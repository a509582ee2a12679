import { readFileSync, writeFileSync } from 'node:fs'
import {
  type CertificateExplanation,
  EnclaveConnection,
  type EnclaveSession,
  explainCertificate,
  fetchCertificate,
} from '@perf-aggregator/client'
import type { SummaryResponse } from '@perf-aggregator/contracts'
import type { Command } from 'commander'
import { certificateLines } from '../display/certificate.ts'
import { checkLines } from '../display/checks.ts'
import { whole } from '../display/figures.ts'
import { progress, progressLine } from '../display/progress.ts'
import { bad, good, terminal } from '../display/terminal.ts'
import { type ConnectionFlags, type TrustFlags, trustOf, withConnection, withTrust } from '../settings/connection.ts'
import { EXIT } from '../settings/failure.ts'
import { openSession, sessionPath } from '../settings/session-file.ts'
import { UsageError } from '../settings/usage-error.ts'

interface GetFlags extends ConnectionFlags {
  readonly session?: string
  readonly label: string
  readonly include?: readonly string[]
  readonly currency?: string
  readonly out: string
  readonly json?: boolean
}

interface VerifyFlags extends TrustFlags {
  readonly logKey?: readonly string[]
  readonly json?: boolean
}

export function certificateCommand(program: Command): void {
  const certificate = program.command('certificate').description('get, verify and show certificates')
  withConnection(certificate.command('get'))
    .description('ask for a new certificate of your accounts, or fetch one by its id')
    .argument('[id]', 'an id; left out, a new certificate of the session is made')
    .option('--session <file>', 'the session file that register wrote')
    .option('--label <name>', 'the account, where --session is not given', 'main')
    .option('--include <session-file...>', 'further accounts of the same trader, in the same certificate')
    .option('--currency <code>', 'the currency to report in')
    .option('--out <file>', 'where to write it', 'certificate.json')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ perf-aggregator certificate get --label main --out certificate.json --allow-simulator
  $ perf-aggregator certificate get 3q2-7wEx… --url https://enclave.example --measurement 9f86d0…`,
    )
    .action(get)
  withTrust(certificate.command('verify'))
    .description('verify a certificate offline; exit code 0 only when every check holds')
    .argument('<file>', 'the certificate')
    .option('--log-key <vkey...>', 'the log keys, learnt elsewhere, instead of those the certificate names')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Exit codes: 0 verified, 10 not verified, 2 called wrongly.

Examples:
  $ perf-aggregator certificate verify certificate.json --measurement 9f86d0…
  $ perf-aggregator certificate verify demo-out/certificate.json --allow-simulator --json`,
    )
    .action(verify)
  withTrust(certificate.command('show'))
    .description('what a certificate says, verified or not; it says which')
    .argument('<file>', 'the certificate')
    .option('--log-key <vkey...>', 'the log keys, learnt elsewhere, instead of those the certificate names')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ perf-aggregator certificate show certificate.json --allow-simulator')
    .action(show)
}

async function get(id: string | undefined, flags: GetFlags): Promise<void> {
  const issued = id === undefined ? await request(flags) : await fetchById(id, flags)
  writeFileSync(flags.out, issued.file)
  terminal.print(
    flags.json === true
      ? JSON.stringify({ certificate_id: issued.id, file: flags.out, verified: true })
      : `${good('verified')} ${issued.id}, written to ${flags.out}`,
  )
}

async function fetchById(id: string, flags: GetFlags): ReturnType<typeof fetchCertificate> {
  return await fetchCertificate(new EnclaveConnection({ enclaveUrl: flags.url, ...trustOf(flags) }), id, {})
}

async function request(flags: GetFlags): ReturnType<EnclaveSession['requestCertificate']> {
  const session = await openSession(flags.session ?? sessionPath(flags.label), flags)
  const include = await Promise.all((flags.include ?? []).map(async (path) => await openSession(path, flags)))
  const line = progress(terminal)
  const issued = await session.requestCertificate({
    include,
    ...(flags.currency === undefined ? {} : { reportingCurrency: flags.currency }),
    onProgress: (summaries) => line.show(collectingLine(summaries)),
  })
  line.done('collected, signed and logged')
  return issued
}

export function collectingLine(summaries: readonly SummaryResponse[]): string {
  const sum = (count: (summary: SummaryResponse) => number): number =>
    summaries.reduce((total, one) => total + count(one), 0)
  const total = sum(({ collection }) => collection.streams.total)
  const caughtUp = sum(({ collection }) => collection.streams.caught_up)
  const fills = sum(({ collection }) => collection.fills)
  return progressLine(
    'collecting',
    total === 0 ? null : caughtUp / total,
    `${whole(fills)} fills, ${caughtUp} of ${total} histories`,
  )
}

async function verify(file: string, flags: VerifyFlags): Promise<void> {
  const explanation = await explain(file, flags)
  if (flags.json === true) terminal.print(JSON.stringify(summarise(explanation), null, 2))
  else {
    for (const line of checkLines(explanation)) terminal.print(line)
    terminal.print(explanation.verified ? `\n${good('VERIFIED')} ${explanation.id}` : `\n${bad('NOT VERIFIED')}`)
  }
  if (!explanation.verified) process.exitCode = EXIT.unverified
}

async function show(file: string, flags: VerifyFlags): Promise<void> {
  const explanation = await explain(file, flags)
  const claims = explanation.certificate?.claims ?? null
  if (flags.json === true) terminal.print(JSON.stringify({ ...summarise(explanation), claims }, null, 2))
  else if (claims === null) {
    for (const line of checkLines(explanation)) terminal.print(line)
    terminal.print(`\n${bad('NOT VERIFIED')}: what it says is worth nothing, so it is not shown`)
  } else for (const line of certificateLines(explanation)) terminal.print(line)
  if (!explanation.verified) process.exitCode = EXIT.unverified
}

async function explain(file: string, flags: VerifyFlags): Promise<CertificateExplanation> {
  const trust = verifierTrust(flags)
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch {
    throw new UsageError(`${file} cannot be read`)
  }
  return await explainCertificate(bytes, trust)
}

/** Without a measurement the report says, where nobody can miss it, that any release was accepted. */
function verifierTrust(flags: VerifyFlags): Parameters<typeof explainCertificate>[1] {
  const { measurement, logKey, allowSimulator = false } = flags
  return {
    allowSimulator,
    measurements: measurement ?? { skip: 'no --measurement was given: any release is accepted' },
    ...(logKey === undefined ? {} : { logKeys: logKey }),
  }
}

function summarise({ verified, id, checks, attestation, certificate }: CertificateExplanation): object {
  return { verified, certificate_id: id, simulated: certificate?.simulated ?? null, checks, attestation }
}
