import { AttestationError, formatBundle, type HardwareFamily, type Policy } from '@perf-aggregator/attestation'
import { decodeBase64Url, decodeHex, decodeUtf8, EncodingError } from '@perf-aggregator/attestation/bytes'
import { readPolicyFile } from '@perf-aggregator/attestation/policy-file'
import { systemClock } from '@perf-aggregator/client'
import { type Command, Option } from 'commander'
import { UnreadableLog } from '../attest/boot-log.ts'
import { type InputFlags, type Inputs, readInputs } from '../attest/inputs.ts'
import { type Demands, HARDWARE_FAMILIES, type Judged, judge } from '../attest/judge.ts'
import { momentOf, secondsOf } from '../attest/moment.ts'
import { outcomeOf, unreadJson, verdictJson } from '../attest/verdict-json.ts'
import { jsonText } from '../display/json.ts'
import { good, terminal } from '../display/terminal.ts'
import { evidenceLines, unreadLine, verdictLines } from '../display/verdict.ts'
import { EXIT } from '../settings/failure.ts'
import { readInput, requireWritable, writeOutput } from '../settings/files.ts'
import { UsageError } from '../settings/usage-error.ts'
import { attestFetchCommand } from './attest-fetch.ts'

interface Flags extends InputFlags {
  readonly tee?: HardwareFamily
  readonly at?: string
  readonly nonce?: string
  readonly policy?: string
  readonly revocationSkip?: string
  readonly eventLog?: string
  readonly referenceLog?: string
  readonly json?: boolean
}

const EXIT_CODES = 'Exit codes: 0 accepted, 10 rejected, 20 malformed, 2 called wrongly; of several the worst.'

export function attestCommand(program: Command): void {
  const attest = program.command('attest').description('evidence of confidential-computing hardware')
  withJudgement(attest.command('verify'))
    .description('verify evidence offline, against a policy or as genuine hardware only')
    .addHelpText(
      'after',
      `
${EXIT_CODES}

Examples:
  $ perf-aggregator attest verify document.cose --at document --collateral crls/ --policy policy.json
  $ perf-aggregator attest verify quote.bin --tee tdx --collateral collateral.json
  $ perf-aggregator attest verify report.bin --endorsement vcek.der cert_chain.pem --collateral crl.der`,
    )
    .action(verify)
  withJudgement(attest.command('show'))
    .description('what evidence says, verified or not; it says which')
    .addHelpText(
      'after',
      `\n${EXIT_CODES}\n\nExamples:\n  $ perf-aggregator attest show report.bin\n  $ perf-aggregator attest show quote.bin --event-log ccel.bin --reference-log trusted.bin`,
    )
    .action(show)
  withInputs(attest.command('bundle'))
    .description('one file of evidence and all that verifies it: a browser then asks nobody')
    .requiredOption('--out <file>', 'where to write it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ perf-aggregator attest bundle quote.bin --collateral collateral.json --out evidence.json',
    )
    .action(bundle)
  attestFetchCommand(attest, EXIT_CODES)
}

function withInputs(command: Command): Command {
  return command
    .argument('[file...]', 'evidence in any form, or what verifies it; folders of such')
    .addOption(new Option('--tee <family>', 'what evidence it is').choices(HARDWARE_FAMILIES))
    .option('--at <instant>', 'the moment to judge at; "document": its own time, where it carries one (now)')
    .option('--collateral <file...>', 'Intel collateral, revocation lists; folders of such')
    .option('--endorsement <file...>', 'certificates that the evidence does not carry itself')
}

function withJudgement(command: Command): Command {
  return withInputs(command)
    .option('--nonce <value>', 'the nonce that was sent: hexadecimal, else base64 or base64url')
    .option('--policy <file>', 'what to insist on (docs/examples/policies); without: genuine hardware only')
    .option(
      '--revocation-skip <reason>',
      'why there are no revocation lists of AMD or AWS (without a policy none are needed)',
    )
    .option('--event-log <file>', 'log of the boot (CCEL, TPM): replayed against the registers that hardware signed')
    .option('--reference-log <file>', 'log of a boot that is trusted: names the components that changed since')
    .option('--json', 'print JSON')
}

async function verify(files: readonly string[], flags: Flags): Promise<void> {
  await report(files, flags, verdictLines)
}

async function show(files: readonly string[], flags: Flags): Promise<void> {
  await report(files, flags, evidenceLines)
}

async function report(
  files: readonly string[],
  flags: Flags,
  lines: (judged: Judged, room: number) => string[],
): Promise<void> {
  const demands = demandsOf(flags)
  const { evidence, ...inputs } = readInputs(files, flags, demands.moment)
  const unread = [...inputs.unread]
  if (flags.eventLog !== undefined && evidence.length > 1)
    throw new UsageError('--event-log is of one boot: give one piece of evidence')
  const judged: Judged[] = []
  for (const given of evidence) {
    try {
      judged.push(await judge(given, demands))
    } catch (error) {
      if (!(error instanceof UnreadableLog)) throw error
      unread.push(error.unread)
    }
  }
  if (flags.json === true) {
    const results = [...judged.map(verdictJson), ...unread.map(unreadJson)]
    terminal.print(jsonText({ results }, 2))
  } else {
    const blocks = [...judged.map((one) => lines(one, terminal.width)), ...unread.map((one) => [unreadLine(one)])]
    for (const line of blocks.flatMap((block, at) => (at === 0 ? block : ['', ...block]))) terminal.print(line)
  }
  const outcomes = new Set([...judged.map(outcomeOf), ...unread.map(() => 'malformed' as const)])
  if (outcomes.has('malformed')) process.exitCode = EXIT.malformed
  else if (outcomes.has('rejected')) process.exitCode = EXIT.unverified
}

interface BundleFlags extends InputFlags {
  readonly at?: string
  readonly out: string
  readonly json?: boolean
}

async function bundle(files: readonly string[], flags: BundleFlags): Promise<void> {
  requireWritable(flags.out)
  const moment = momentOf(flags.at, present())
  const inputs = readInputs(files, flags, moment)
  const [given] = inputs.evidence
  requireWhole(inputs)
  if (!given || inputs.evidence.length > 1) throw new UsageError('a bundle holds one piece of evidence: give one')
  const { file, evidence, endorsements } = given
  const collectedAt = secondsOf(moment, evidence, file)
  writeOutput(flags.out, decodeUtf8(formatBundle({ evidence, endorsements, collectedAt })))
  const demands = { moment: collectedAt, policy: null, tee: null, nonce: null, revocationSkip: null }
  const judged = await judge(given, demands)
  const failures = judged.verdict.accepted ? [] : judged.verdict.failures
  if (flags.json === true) {
    const type = evidence.type
    terminal.print(jsonText({ file: flags.out, evidence_type: type, endorsements: endorsements.length, failures }))
    return
  }
  terminal.print(`${good('written')} ${flags.out}: ${evidence.type} evidence with ${endorsements.length} endorsements`)
  if (failures.length > 0) terminal.remark(`as it is, it would be rejected as genuine hardware: ${failures.join(', ')}`)
  else if (!given.hasLists && evidence.type !== 'sgx' && evidence.type !== 'tdx') {
    terminal.remark('it has no revocation lists: a policy that insists on them rejects it (crl_missing)')
  }
}

/** A bundle with something left out would look as if it were whole. */
function requireWhole({ unread }: Inputs): void {
  const [first] = unread
  if (first) throw new UsageError(`${first.file}: ${first.message} (${first.code})`)
}

function demandsOf(flags: Flags): Demands {
  const { tee = null, revocationSkip = null } = flags
  if (revocationSkip !== null && revocationSkip.trim() === '') throw new UsageError('--revocation-skip takes a reason')
  if (revocationSkip !== null && flags.policy !== undefined) {
    throw new UsageError('--revocation-skip goes without --policy: a policy says itself what is skipped')
  }
  const nonce = flags.nonce === undefined ? null : nonceOf(flags.nonce)
  const policy = flags.policy === undefined ? null : policyOf(flags.policy, nonce)
  const { eventLog, referenceLog } = flags
  const bootLog = { ...(eventLog !== undefined && { eventLog }), ...(referenceLog !== undefined && { referenceLog }) }
  return { moment: momentOf(flags.at, present()), policy, tee, nonce, revocationSkip, bootLog }
}

function nonceOf(value: string): Uint8Array {
  try {
    const digits = value.replace(/^0[xX]/, '')
    const nonce = /^(?:[0-9a-fA-F]{2})+$/.test(digits)
      ? decodeHex(digits.toLowerCase())
      : decodeBase64Url(
          value
            .replace(/={1,2}$/, '')
            .replaceAll('+', '-')
            .replaceAll('/', '_'),
        )
    if (nonce.length > 0) return nonce
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error
  }
  throw new UsageError('--nonce takes hexadecimal, base64 or base64url')
}

function policyOf(path: string, nonce: Uint8Array | null): Policy {
  try {
    return readPolicyFile(readInput(path), nonce ? { nonce } : {})
  } catch (error) {
    if (!(error instanceof AttestationError)) throw error
    throw new UsageError(`${path}: ${error.message} (${error.code})`)
  }
}

function present(): number {
  return Math.floor(systemClock.now() / 1000)
}
