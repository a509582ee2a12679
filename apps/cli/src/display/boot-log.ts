/** An event log beside evidence, for people: what hardware confirms of it, and what changed since the boot it is held against. */
import { encodeHex } from '@perf-aggregator/attestation/bytes'
import { type BootLog, isContradicted } from '../attest/boot-log.ts'
import { shortenDigests } from './columns.ts'
import { foreignText } from './foreign.ts'
import { grid } from './table.ts'
import { bad, faint, good, strong, warn } from './terminal.ts'

/** @param everyEvent whether the events are listed, each on a line */
export function bootLogLines(log: BootLog, room: number, everyEvent: boolean): string[] {
  const { confirmation, replayed, quoted, changes } = log
  const { confirmed, differing, notQuoted, notLogged } = confirmation
  const hex = (bytes: Uint8Array | undefined): string => (bytes ? encodeHex(bytes) : 'none')
  const rows = [
    ...confirmed.map((name) => [good('pass'), name, 'its events give what hardware signed']),
    ...differing.map((name) => [
      bad('FAIL'),
      name,
      shortenDigests(`its events give ${hex(replayed[name])}, hardware signed ${hex(quoted[name])}`),
    ]),
    ...notLogged.map((name) => [warn('SKIP'), name, 'extended, and the log has no event of it']),
    ...notQuoted.map((name) => [warn('SKIP'), name, 'in the log, and the evidence does not quote it']),
  ]
  return [
    strong(`event log ${foreignText(log.file)}`),
    ...grid(rows, room),
    ...(isContradicted(log) ? [bad('not the log of this boot: believe nothing in it of the registers that fail')] : []),
    ...(changes === null ? [] : ['', ...changeLines(log, room)]),
    ...(everyEvent ? ['', ...eventLines(log, room)] : []),
  ]
}

function changeLines({ changes, confirmation }: BootLog, room: number): string[] {
  if (changes === null || changes.length === 0) return ['nothing changed since the reference']
  const rows = changes.map(({ register, place, kind, component }) => [
    warn(kind),
    `${register} event ${place}`,
    confirmation.confirmed.includes(register) ? component : `${component} (hardware does not confirm this register)`,
  ])
  return [strong('since the reference'), ...grid(rows, room)]
}

function eventLines({ events }: BootLog, room: number): string[] {
  const rows = events.map(({ register, place, component, digest }) => [
    `${register} event ${place}`,
    shortenDigests(encodeHex(digest)),
    component,
  ])
  return [faint('events, as the log names them'), ...grid(rows, room)]
}
