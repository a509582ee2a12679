/** The firmware's event log beside evidence: what it explains of the registers hardware signed, and what changed since another boot. */
import {
  AttestationError,
  type Claims,
  type Confirmation,
  compareEventLogs,
  confirmReplay,
  describeEvent,
  type EventChange,
  type EventLog,
  type EventLogKind,
  type Registers,
  readEventLog,
  replayEventLog,
} from '@perf-aggregator/attestation'
import { unwrapBytes } from '@perf-aggregator/attestation/files'
import { mathematics } from '@perf-aggregator/client'
import { readInput } from '../settings/files.ts'
import { UsageError } from '../settings/usage-error.ts'
import type { UnreadFile } from './inputs.ts'

export interface BootLogFlags {
  readonly eventLog?: string
  readonly referenceLog?: string
}

export interface BootLogEvent {
  readonly register: string
  /** Among the events of its register, from 1 */
  readonly place: number
  readonly component: string
  readonly digest: Uint8Array
}

export interface BootLog {
  readonly file: string
  readonly events: readonly BootLogEvent[]
  readonly replayed: Registers
  readonly quoted: Registers
  readonly confirmation: Confirmation
  /** What is not as in the reference; null without one. */
  readonly changes: readonly EventChange[] | null
}

/** The code of evidence whose log is not its own. */
export const MISMATCH = 'event_log_mismatch'

/** Whether hardware contradicts the log, or confirms nothing of it. */
export function isContradicted({ confirmation }: BootLog): boolean {
  return confirmation.differing.length > 0 || confirmation.confirmed.length === 0
}

/** Null where no log was given. `UnreadableLog` for a file that is none, `UsageError` for evidence whose TEE has none. */
export async function readBootLog(
  claims: Claims | null,
  { eventLog, referenceLog }: BootLogFlags,
): Promise<BootLog | null> {
  if (eventLog === undefined) {
    if (referenceLog !== undefined)
      throw new UsageError('--reference-log goes with --event-log: it is what that is held against')
    return null
  }
  if (claims === null) return null
  const kind = kindOf(claims)
  const log = openLog(eventLog, kind)
  const replayed = await replayEventLog(log, mathematics)
  return {
    file: eventLog,
    events: eventsOf(log),
    replayed,
    quoted: claims.measurements,
    confirmation: confirmReplay(replayed, claims.measurements),
    changes: referenceLog === undefined ? null : compareEventLogs(openLog(referenceLog, kind), log),
  }
}

function kindOf({ details: { family } }: Claims): EventLogKind {
  if (family === 'tdx') return 'ccel'
  if (family === 'azure-vtpm') return 'tpm'
  throw new UsageError(
    `--event-log goes with tdx (CCEL) and azure-vtpm (TPM): ${family} has no registers a log extends`,
  )
}

/** A file that was given as a log and is none of the evidence's kind. */
export class UnreadableLog extends Error {
  readonly unread: UnreadFile

  constructor(unread: UnreadFile) {
    super(unread.message)
    this.name = 'UnreadableLog'
    this.unread = unread
  }
}

function openLog(path: string, kind: EventLogKind): EventLog {
  try {
    return readEventLog(unwrapBytes(readInput(path)), kind)
  } catch (error) {
    if (!(error instanceof AttestationError)) throw error
    const message = kind === 'ccel' ? 'not a CCEL event log' : 'not a TPM event log'
    throw new UnreadableLog({ file: path, code: 'event_log_malformed', message })
  }
}

function eventsOf({ events }: EventLog): readonly BootLogEvent[] {
  const places = new Map<string, number>()
  return events.map((event) => {
    const place = (places.get(event.register) ?? 0) + 1
    places.set(event.register, place)
    return { register: event.register, place, component: describeEvent(event), digest: event.digest }
  })
}
