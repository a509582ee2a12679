import {
  type CertificateExplanation,
  EnclaveConnection,
  type EnclaveSession,
  explainCertificate,
  fetchCertificate,
} from '@perf-aggregator/client'
import { REPORTING_CURRENCIES } from '@perf-aggregator/contracts'
import type { Command } from 'commander'
import { certificateLines } from '../display/certificate.ts'
import { checkLines } from '../display/checks.ts'
import { jsonText } from '../display/json.ts'
import { collectingLine, progress } from '../display/progress.ts'
import { bad, good, terminal } from '../display/terminal.ts'
import {
  type ConnectionFlags,
  type ReaderFlags,
  readerTrustOf,
  trustOf,
  withConnection,
  withTrust,
} from '../settings/connection.ts'
import { EXIT } from '../settings/failure.ts'
import { readInput, requireWritable, writeOutput } from '../settings/files.ts'
import { openSession, sessionPath } from '../settings/session-file.ts'

interface GetFlags extends ConnectionFlags {
  readonly session?: string
  readonly label: string
  readonly include?: readonly string[]
  readonly currency?: string
  readonly out: string
  readonly json?: boolean
}

interface VerifyFlags extends ReaderFlags {
  readonly json?: boolean
}

export function certificateCommand(program: Command): void {
  const certificate = program.command('certificate').description('get, verify and show certificates')
  withConnection(certificate.command('get'))
    .description('ask for a new certificate of your accounts, or fetch one by its id')
    .argument('[id]', 'an id; left out, a new certificate of the session is made')
    .option('--session <file>', 'the session file that register wrote')
    .option('--label <name>', 'the account, where --session is not given', 'main')
    .option(
      '--include <session-file...>',
      'further accounts in the same certificate, registered with the first (register --with)',
    )
    .option('--currency <code>', `what to report in: ${REPORTING_CURRENCIES.join(', ')}`)
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
  requireWritable(flags.out)
  const issued = id === undefined ? await request(flags) : await fetchById(id, flags)
  writeOutput(flags.out, issued.file)
  terminal.print(
    flags.json === true
      ? jsonText({ certificate_id: issued.id, file: flags.out, verified: true })
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
  line.clear()
  return issued
}

async function verify(file: string, flags: VerifyFlags): Promise<void> {
  const explanation = await explain(file, flags)
  if (flags.json === true) terminal.print(jsonText(summarise(explanation), 2))
  else {
    for (const line of checkLines(explanation, terminal.width)) terminal.print(line)
    if (refusedFamily(explanation) && flags.allowSimulator !== true) {
      terminal.remark('its evidence is of no TEE known here; --allow-simulator accepts a simulator, for development')
    }
  }
  if (!explanation.verified) process.exitCode = EXIT.unverified
}

async function show(file: string, flags: VerifyFlags): Promise<void> {
  const explanation = await explain(file, flags)
  const claims = explanation.certificate?.claims ?? null
  if (flags.json === true) terminal.print(jsonText({ ...summarise(explanation), claims }, 2))
  else if (claims === null) {
    for (const line of checkLines(explanation, terminal.width)) terminal.print(line)
    terminal.print(`${bad('not shown')}: what it says is worth nothing`)
  } else for (const line of certificateLines(explanation, terminal.width)) terminal.print(line)
  if (!explanation.verified) process.exitCode = EXIT.unverified
}

async function explain(file: string, flags: VerifyFlags): Promise<CertificateExplanation> {
  return await explainCertificate(readInput(file), readerTrustOf(flags))
}

function refusedFamily({ checks }: CertificateExplanation): boolean {
  return checks.some((check) => check.outcome === 'failed' && check.code === 'evidence_type_unknown')
}

function summarise({ verified, id, checks, attestation, certificate }: CertificateExplanation): object {
  return { verified, certificate_id: id, simulated: certificate?.simulated ?? null, checks, attestation }
}
