/** What registers hold when every event of a log is extended into them in order, and which of them hardware says otherwise of. */
import { concat, equalBytes } from '../bytes/index.ts'
import type { Mathematics } from '../mathematics.ts'
import type { Registers } from '../measurements.ts'
import { EVENT_TYPE } from './event-types.ts'
import type { EventLog, LoggedEvent } from './read.ts'

/** PCRs that a measured launch resets; until then all their bits are one. */
const DYNAMIC_PCRS: readonly string[] = ['PCR17', 'PCR18', 'PCR19', 'PCR20', 'PCR21', 'PCR22']

const STARTUP_LOCALITY = Uint8Array.from('StartupLocality\0', (one) => one.charCodeAt(0))

/** Registers the log extends, each with what it then holds; those it does not name are left out. */
export async function replayEventLog(
  { kind, events }: EventLog,
  mathematics: Pick<Mathematics, 'digest'>,
): Promise<Registers> {
  const [algorithm, size] = kind === 'tpm' ? (['sha256', 32] as const) : (['sha384', 48] as const)
  const registers = new Map<string, Uint8Array>()
  const locality = localityOf(events)
  for (const { register, type, digest } of events) {
    if (type === EVENT_TYPE.noAction || register === 'MRTD') continue
    const before = registers.get(register) ?? initial(register, size, locality)
    registers.set(register, await mathematics.digest(algorithm, concat(before, digest)))
  }
  return Object.fromEntries(registers)
}

/**
 * Registers in which replay and hardware disagree, sorted: a log is to be believed about none of these. A register that was quoted
 * but that the log does not name counts unless it still holds what it began with.
 */
export function registersThatDiffer(replayed: Registers, quoted: Registers): readonly string[] {
  const names = new Set([
    ...Object.keys(replayed),
    ...Object.keys(quoted).filter((name) => /^(PCR|RTMR)\d+$/.test(name)),
  ])
  return [...names].filter((name) => !isSame(name, replayed[name], quoted[name])).toSorted()
}

function isSame(name: string, replayed: Uint8Array | undefined, quoted: Uint8Array | undefined): boolean {
  if (!quoted) return false
  return equalBytes(replayed ?? initial(name, quoted.length, 0), quoted)
}

/** PCR 0 begins with the locality the TPM was started from in its last byte. */
export function initial(register: string, size: number, locality: number): Uint8Array {
  if (DYNAMIC_PCRS.includes(register)) return new Uint8Array(size).fill(0xff)
  const zeros = new Uint8Array(size)
  return register === 'PCR0' ? zeros.with(size - 1, locality) : zeros
}

function localityOf(events: readonly LoggedEvent[]): number {
  const { length } = STARTUP_LOCALITY
  const note = events.find(
    ({ register, type, data }) =>
      register === 'PCR0' &&
      type === EVENT_TYPE.noAction &&
      data.length === length + 1 &&
      equalBytes(data.subarray(0, length), STARTUP_LOCALITY),
  )
  return note?.data[length] ?? 0
}
