import { existsSync } from 'node:fs'
import { decodeUtf8, EncodingError } from '@perf-aggregator/attestation/bytes'
import { verifyCertificate, verifyLog } from '@perf-aggregator/client'
import { ProtocolError, parseNote } from '@perf-aggregator/protocol'
import type { Command } from 'commander'
import { whole } from '../display/figures.ts'
import { jsonText } from '../display/json.ts'
import { progress, progressLine } from '../display/progress.ts'
import { pairs } from '../display/table.ts'
import { good, terminal } from '../display/terminal.ts'
import { type ConnectionFlags, logKeysOf, readerTrustOf, withConnection } from '../settings/connection.ts'
import { readInput, requireWritable, writeOutput } from '../settings/files.ts'
import { UsageError } from '../settings/usage-error.ts'

interface Flags extends ConnectionFlags {
  readonly certificate?: string
  readonly logKey?: readonly string[]
  readonly since?: string
  readonly json?: boolean
}

export function logCommand(program: Command): void {
  const log = program.command('log').description('the transparency log')
  withConnection(log.command('verify'))
    .description('read the whole log, recompute its tree, and check that it still holds what you saw before')
    .option('--certificate <file>', 'a certificate: it names the log keys, and the log must contain its checkpoint')
    .option('--log-key <vkey...>', 'the log keys, learnt elsewhere')
    .option('--since <file>', 'the checkpoint of your last visit: the log must extend it; the file is renewed')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ perf-aggregator log verify --certificate certificate.json --allow-simulator\n  $ perf-aggregator log verify --log-key "$ED25519_VKEY" "$MLDSA44_VKEY" --since checkpoint.txt',
    )
    .action(verify)
}

async function verify(flags: Flags): Promise<void> {
  if (flags.since !== undefined) requireWritable(flags.since)
  const known = await whatIsKnown(flags)
  const carried = visitOf(flags.since) ?? known.checkpoint
  const line = progress(terminal)
  const verified = await verifyLog(flags.url, {
    keys: known.keys,
    entries: true,
    onProgress: (read, size) =>
      line.show(progressLine('reading', size === 0 ? null : read / size, `${whole(read)} entries`)),
    ...(carried === undefined ? {} : { carried }),
  })
  line.clear()
  if (flags.since !== undefined) writeOutput(flags.since, verified.checkpoint)
  if (flags.json === true) {
    terminal.print(jsonText(verified))
    return
  }
  for (const row of pairs(
    [
      [good('VERIFIED'), verified.origin],
      ['entries', `${whole(verified.size)}, all read and hashed to the signed root`],
      [
        'extends',
        verified.extends === null ? 'nothing: a first visit' : `the checkpoint of size ${whole(verified.extends)}`,
      ],
    ],
    terminal.width,
  )) {
    terminal.print(row)
  }
}

/** What an earlier visit left in `file`, which is not made before the first. `UsageError` for what no visit left. */
function visitOf(file: string | undefined): string | undefined {
  if (file === undefined || !existsSync(file)) return undefined
  try {
    const note = decodeUtf8(readInput(file))
    parseNote(note)
    return note
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof EncodingError)) throw error
    throw new UsageError(
      `${file}, given with --since, is no checkpoint of an earlier visit: give that one, or a file that is not there yet`,
    )
  }
}

async function whatIsKnown(flags: Flags): Promise<{ readonly keys: readonly string[]; readonly checkpoint?: string }> {
  const logKeys = logKeysOf(flags)
  if (logKeys !== undefined) return { keys: logKeys }
  if (flags.certificate === undefined) {
    throw new UsageError(
      'say which log keys you trust: --certificate FILE takes them from a certificate, or give --log-key',
    )
  }
  const certificate = await verifyCertificate(readInput(flags.certificate), readerTrustOf(flags))
  return { keys: certificate.claims.log.vkeys, checkpoint: certificate.log.checkpoint }
}
