import type { HardwareFamily } from '@perf-aggregator/attestation'
import { systemClock } from '@perf-aggregator/client'
import { type Command, Option } from 'commander'
import type { Mirrors } from '../attest/fetch/address.ts'
import type { Asking } from '../attest/fetch/ask.ts'
import { enclaveQuote } from '../attest/fetch/enclave-quote.ts'
import { type Asked, fetchRound, type Round } from '../attest/fetch/round.ts'
import { makeFolder } from '../attest/fetch/save.ts'
import { stay } from '../attest/fetch/stay.ts'
import { readInputs, type UnreadFile } from '../attest/inputs.ts'
import { HARDWARE_FAMILIES } from '../attest/judge.ts'
import { outcomeOf, unreadJson } from '../attest/verdict-json.ts'
import { fetchedJson, fetchedLines } from '../display/fetched.ts'
import { jsonText } from '../display/json.ts'
import { terminal } from '../display/terminal.ts'
import { unreadLine } from '../display/verdict.ts'
import { EXIT, report } from '../settings/failure.ts'
import { wholeNumber } from '../settings/numbers.ts'
import { UsageError } from '../settings/usage-error.ts'
import { whenTold } from '../settings/when-told.ts'

interface Flags {
  readonly tee?: HardwareFamily
  readonly url?: string
  readonly out: string
  readonly every?: string
  readonly pcs?: string
  readonly kds?: string
  readonly crlMirror?: string
  readonly json?: boolean
}

const HOUR = 3_600_000
const MOST_HOURS = 168

export function attestFetchCommand(attest: Command, exitCodes: string): void {
  attest
    .command('fetch')
    .description('ask the vendors for what verifies evidence, and keep it in a folder')
    .argument('[file]', 'evidence in any form')
    .option('--url <enclave>', 'a running enclave, in place of a file')
    .addOption(new Option('--tee <family>', 'what evidence it is').choices(HARDWARE_FAMILIES))
    .requiredOption(
      '--out <folder>',
      'where to keep the answers: ENDORSEMENTS_DIR of an enclave, --collateral of "verify"',
    )
    .option('--every <hours>', 'stay, and ask again and again')
    .option('--pcs <url>', "in place of Intel's service: a PCCS, a mirror")
    .option('--kds <url>', "in place of AMD's service")
    .option('--crl-mirror <url>', "in place of AWS's buckets of revocation lists")
    .option('--json', 'print JSON, one line a round')
    .addHelpText(
      'after',
      `
Only vendors are asked, whatever addresses stand in the evidence, and nothing but what its vendor publishes about this machine.
An answer that does not read, has ended or not begun, a list that its issuer did not sign or that is older than the one at hand:
each is refused, and the file at hand stays.
The verdict at the end says whether the evidence is genuine hardware with what is in the folder now, and until when.

${exitCodes} With --every it ends when it is told to, with the code of the last round.

Examples:
  $ perf-aggregator attest fetch quote.bin --out collateral/
  $ perf-aggregator attest fetch --url http://127.0.0.1:3000 --out /run/endorsements --every 6
  $ perf-aggregator attest fetch quote.bin --out collateral/ --pcs https://pccs.example:8081`,
    )
    .action(fetchCommand)
}

async function fetchCommand(file: string | undefined, flags: Flags): Promise<void> {
  const every = flags.every === undefined ? null : hoursOf(flags.every) * HOUR
  const mirrors: Mirrors = {
    pcs: mirrorOf('--pcs', flags.pcs),
    kds: mirrorOf('--kds', flags.kds),
    crls: mirrorOf('--crl-mirror', flags.crlMirror),
  }
  const source = sourceOf(file, flags)
  if (typeof source !== 'function') {
    showUnread(source, flags)
    return
  }
  const round = async (given: Asked): Promise<Round> => await fetchRound(given, { out: flags.out, mirrors }, ASKING)
  if (every === null) {
    // Before the folder is made: a call that is wrong leaves nothing behind.
    const given = await source()
    makeFolder(flags.out)
    process.exitCode = show(await round(given), flags)
    return
  }
  makeFolder(flags.out)
  whenTold(async () => undefined)
  const again = async (): Promise<Round> => {
    const given = await source()
    // It may have been taken away since.
    makeFolder(flags.out)
    return await round(given)
  }
  await stay(again, {
    every,
    sleep: async (milliseconds) => await systemClock.sleep(milliseconds),
    show: (done) => show(done, flags),
    complain: (error) => report(error, flags.json === true, terminal),
    code: (exitCode) => {
      process.exitCode = exitCode
    },
  })
}

/** Where evidence comes from, once a round; or why the file that was given holds none. `UsageError`. */
function sourceOf(file: string | undefined, { tee, url }: Flags): (() => Promise<Asked>) | UnreadFile {
  if (file === undefined && url !== undefined) return async () => await enclaveQuote(url)
  if (file === undefined || url !== undefined) throw new UsageError('give a file, or --url, and not both')
  const { evidence, unread } = readInputs([file], tee === undefined ? {} : { tee })
  const [given, another] = evidence
  if (another) throw new UsageError('give one piece of evidence')
  const [broken] = unread
  if (broken) return broken
  if (!given) throw new UsageError('give a piece of evidence')
  return async () => given
}

const ASKING: Asking = {
  fetch: (input, init) => fetch(input, init),
  clock: systemClock,
  tell: terminal.remark,
}

function showUnread(unread: UnreadFile, { json }: Flags): void {
  terminal.print(json === true ? jsonText(unreadJson(unread)) : unreadLine(unread))
  process.exitCode = EXIT.malformed
}

/** The exit code that the verdict stands for. */
function show(round: Round, { json }: Flags): number {
  if (json === true) terminal.print(jsonText(fetchedJson(round)))
  else for (const line of fetchedLines(round, terminal.width)) terminal.print(line)
  const outcome = outcomeOf(round.judged)
  if (outcome === 'malformed') return EXIT.malformed
  return outcome === 'rejected' ? EXIT.unverified : 0
}

function hoursOf(text: string): number {
  const hours = wholeNumber('--every', text)
  // Lists and collateral are published for weeks, and some end sooner.
  if (hours > MOST_HOURS) throw new UsageError(`--every takes at most ${MOST_HOURS} hours`)
  return hours
}

function mirrorOf(flag: string, address: string | undefined): string | null {
  if (address === undefined) return null
  const url = URL.parse(address)
  if (url && ['http:', 'https:'].includes(url.protocol) && url.search === '' && url.hash === '') return address
  throw new UsageError(`${flag} takes an http(s) address without query`)
}
