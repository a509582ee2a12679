/** Measurements by the names vendors give their registers, and which of them a policy accepts. */
import { encodeHex, equalBytes } from './bytes/index.ts'
import { type Check, unlessSkipped } from './checks.ts'
import { form, type Skip } from './skip.ts'
import { isTcbAcceptance, type TcbAcceptance } from './tcb.ts'

/** `PCR0`, `MRENCLAVE`, `MRTD`, `RTMR3`, `MEASUREMENT`, … with what the hardware put there. */
export type Registers<Name extends string = string> = { readonly [Register in Name]?: Uint8Array }

/** One build a policy accepts: every register named must hold exactly these bytes. */
export interface AcceptedMeasurement<Name extends string = string> {
  readonly registers: Registers<Name>
  /** What is tolerated of the platform below this build, where its authors have looked at the advisories. Left out: the family's `tcb`. */
  readonly tcb?: TcbAcceptance
}

/** What every family's policy says. */
export interface FamilyPolicy<Name extends string = string> {
  readonly measurements: readonly AcceptedMeasurement<Name>[] | Skip
  /** Platforms accepted, by the identity the family has: chip id, PPID, EC2 instance id (its ASCII). */
  readonly platforms: readonly Uint8Array[] | Skip
}

/** The accepted measurement that `found` matches in full, or undefined. */
export function matchMeasurement(
  found: Registers,
  accepted: readonly AcceptedMeasurement[],
): AcceptedMeasurement | undefined {
  return accepted.find(({ registers }) => {
    const wanted = Object.entries(registers)
    return wanted.length > 0 && wanted.every(([name, bytes]) => isEqual(found[name], bytes))
  })
}

export function measurementCheck(found: Registers, accepted: FamilyPolicy['measurements']): Check {
  return unlessSkipped('measurement', accepted, (list) => [
    matchMeasurement(found, list) !== undefined,
    `one of: ${list.map(({ registers }) => describe(registers)).join('; ') || 'none'}`,
    describe(found),
  ])
}

/**
 * Form of a policy's `measurements`: lists of registers in `sizes` (name to length in bytes), each with all of `required`
 * and at least one.
 */
export function isMeasurements(
  sizes: Readonly<Record<string, number>>,
  required: readonly string[],
): (part: unknown) => boolean {
  const registers = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, form.bytes(size)]))
  const isRegisters = form.record({}, registers)
  const isAccepted = form.record(
    {
      registers: (part) =>
        isRegisters(part) &&
        Object.keys(part as object).length > 0 &&
        required.every((name) => Object.hasOwn(part as object, name)),
    },
    { tcb: isTcbAcceptance },
  )
  return form.given(form.listOf(isAccepted))
}

/** Form of a policy's `platforms`. */
export const isPlatforms = form.given(form.listOf(form.bytes()))

function describe(registers: Registers): string {
  return Object.entries(registers)
    .map(([name, bytes]) => `${name} ${bytes ? encodeHex(bytes) : ''}`)
    .join(', ')
}

function isEqual(found: Uint8Array | undefined, wanted: Uint8Array | undefined): boolean {
  return found !== undefined && wanted !== undefined && equalBytes(found, wanted)
}
