/** Types of events (TCG PC Client Platform Firmware Profile, section 10.4.1) and what each measures, for people. */
export const EVENT_TYPE = { noAction: 0x03, separator: 0x04 } as const

const NAMES: Readonly<Record<number, string>> = {
  0x01: 'firmware code (POST)',
  0x03: 'note',
  0x04: 'separator',
  0x05: 'action of the firmware',
  0x06: 'tagged event',
  0x07: 'firmware that measures (S-CRTM)',
  0x08: 'version of the firmware',
  0x09: 'microcode',
  0x0a: 'platform configuration',
  0x0b: 'table of devices',
  0x0c: 'digest of the boot loader',
  0x0d: 'boot loader, kernel or its command line',
  0x0e: 'boot loader data',
  0x0f: 'code of another processor',
  0x10: 'configuration of another processor',
  0x80000001: 'UEFI variable',
  0x80000002: 'UEFI boot variable',
  0x80000003: 'UEFI application',
  0x80000004: 'UEFI driver (boot time)',
  0x80000005: 'UEFI driver (run time)',
  0x80000006: 'partition table',
  0x80000007: 'action of UEFI',
  0x80000008: 'firmware volume',
  0x80000009: 'firmware table',
  0x8000000a: 'firmware volume',
  0x8000000b: 'firmware table',
  0x8000000c: 'UEFI boot variable',
  0x80000010: 'firmware integrity measurement',
  0x800000e0: 'UEFI variable that vouched for an image',
  0x800000e1: 'firmware of a device',
  0x800000e2: 'configuration of a device',
}

const VARIABLES: readonly number[] = [0x80000001, 0x80000002, 0x8000000c, 0x800000e0]
const TEXTS: readonly number[] = [0x05, 0x0d, 0x80000007]

/** GUID and two lengths before the name of UEFI_VARIABLE_DATA */
const VARIABLE_HEADER = 32
const MAX_NAME = 64

/** What an event measured: its type, and the name it gives where that is short and plain. */
export function describeEvent({ type, data }: { readonly type: number; readonly data: Uint8Array }): string {
  const kind = NAMES[type] ?? 'event of another type'
  const name = VARIABLES.includes(type) ? variableName(data) : TEXTS.includes(type) ? plain(data) : null
  return name === null ? kind : `${kind}: ${name}`
}

function variableName(data: Uint8Array): string | null {
  const [low = 0, high = 0, ...above] = data.subarray(16, 24)
  const length = low + 256 * high
  if (data.length < VARIABLE_HEADER + 2 * length || above.some((byte) => byte !== 0)) return null
  const units = data.subarray(VARIABLE_HEADER, VARIABLE_HEADER + 2 * length)
  if (units.some((byte, at) => at % 2 === 1 && byte !== 0)) return null
  return plain(units.filter((_byte, at) => at % 2 === 0))
}

/** Text of a log is foreign: letters, digits and little else, and not much of it. One zero byte may end it. */
function plain(bytes: Uint8Array): string | null {
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length
  if (end > MAX_NAME) return null
  const text = String.fromCharCode(...bytes.subarray(0, end))
  return /^[A-Za-z0-9 ._:=/\\-]+$/.test(text) ? text : null
}
