/**
 * Firmware event logs (TCG PC Client Platform Firmware Profile, section 10 "Event Logging", the crypto-agile form): of a TPM, and the
 * CCEL table of TDX (UEFI 2.10 section 38), which has the same form. What a log says is nobody's word until its replay gives the
 * registers that hardware signed. Integers are little-endian.
 */
import { equalBytes, isZero, StructureReader } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'
import { EVENT_TYPE } from './event-types.ts'

/** Which registers a log is about: a vTPM's SHA-256 PCRs, or the SHA-384 RTMRs of a TD. */
export type EventLogKind = 'tpm' | 'ccel'

export interface LoggedEvent {
  /** `PCR7`, `RTMR1`; `MRTD` in entries of a CCEL that extend none */
  readonly register: string
  /** Of {@link EVENT_TYPE}, or another */
  readonly type: number
  /** In the one bank that is replayed */
  readonly digest: Uint8Array
  readonly data: Uint8Array
}

export interface EventLog {
  readonly kind: EventLogKind
  /** In order; without the header. */
  readonly events: readonly LoggedEvent[]
}

/** Bounds on hostile input, far above anything real. */
const MAX_LOG = 4_194_304
const MAX_EVENTS = 4096
const MAX_ALGORITHMS = 8
const MAX_DIGEST = 64

/** TPM_ALG_ID */
const ALGORITHMS: Readonly<Record<number, number>> = { 0x0004: 20, 0x000b: 32, 0x000c: 48, 0x000d: 64, 0x0012: 32 }
const BANKS = { tpm: 0x000b, ccel: 0x000c } as const

/** `Spec ID Event03` and a zero byte */
const SPEC_ID = Uint8Array.from('Spec ID Event03\0', (one) => one.charCodeAt(0))

/**
 * Reads a whole log. Padding of the ACPI table a CCEL lies in, all zeros or all ones, may follow the last event; nothing else.
 * `structure_malformed`.
 */
export function readEventLog(bytes: Uint8Array, kind: EventLogKind): EventLog {
  try {
    if (bytes.length > MAX_LOG) throw new RangeError('a log that is too long')
    const own = bytes.slice()
    const reader = new StructureReader(own)
    const sizes = readHeader(reader)
    if (!sizes.has(BANKS[kind])) throw new TypeError('a log without the bank that is replayed')
    const events: LoggedEvent[] = []
    while (reader.left > 0 && !isPadding(own.subarray(reader.at))) {
      if (events.length === MAX_EVENTS) throw new RangeError('too many events')
      events.push(readEvent(reader, kind, sizes))
    }
    return { kind, events }
  } catch (cause) {
    throw new AttestationError('structure_malformed', 'not an event log', { cause })
  }
}

/** The first event, in the form of TPM 1.2: algorithms and the sizes of their digests. */
function readHeader(reader: StructureReader): ReadonlyMap<number, number> {
  const [index, type, digest] = [reader.u32le(), reader.u32le(), reader.take(20)]
  if (index !== 0 || type !== EVENT_TYPE.noAction || !isZero(digest)) throw new TypeError('another first event')
  const content = new StructureReader(reader.take(reader.u32le()))
  if (!equalBytes(content.take(SPEC_ID.length), SPEC_ID)) throw new TypeError('another form of log')
  // Platform class, version of the specification, size of a UINTN.
  content.take(8)
  const count = content.u32le()
  if (count === 0 || count > MAX_ALGORITHMS) throw new RangeError('no algorithms, or too many')
  const sizes = new Map<number, number>()
  for (let at = 0; at < count; at++) {
    const [algorithm, size] = [content.u16le(), content.u16le()]
    if (sizes.has(algorithm) || size === 0 || size > MAX_DIGEST || (ALGORITHMS[algorithm] ?? size) !== size) {
      throw new TypeError('an algorithm twice, or with another size')
    }
    sizes.set(algorithm, size)
  }
  content.take(content.u8())
  content.end()
  return sizes
}

/** TCG_PCR_EVENT2, with one digest for each algorithm of the header. */
function readEvent(reader: StructureReader, kind: EventLogKind, sizes: ReadonlyMap<number, number>): LoggedEvent {
  const [index, type] = [reader.u32le(), reader.u32le()]
  if (reader.u32le() !== sizes.size) throw new TypeError('more or fewer digests than algorithms')
  const digests = new Map<number, Uint8Array>()
  for (let at = 0; at < sizes.size; at++) {
    const algorithm = reader.u16le()
    const size = sizes.get(algorithm)
    if (size === undefined || digests.has(algorithm)) throw new TypeError('a digest nobody announced, or twice')
    digests.set(algorithm, reader.take(size))
  }
  const data = reader.take(reader.u32le())
  return { register: registerOf(index, kind), type, digest: digests.get(BANKS[kind]) ?? new Uint8Array(0), data }
}

const MOST_PCR = 23
const MOST_MR = 4

function registerOf(index: number, kind: EventLogKind): string {
  if (index > (kind === 'tpm' ? MOST_PCR : MOST_MR)) throw new RangeError('a register there is not')
  if (kind === 'tpm') return `PCR${index}`
  return index === 0 ? 'MRTD' : `RTMR${index - 1}`
}

function isPadding(rest: Uint8Array): boolean {
  const [first] = rest
  return (first === 0 || first === 0xff) && rest.every((byte) => byte === first)
}
