/** Which component changed between two boots, by their logs. */
import { encodeHex } from '../bytes/index.ts'
import { describeEvent, EVENT_TYPE } from './event-types.ts'
import type { EventLog, LoggedEvent } from './read.ts'

export interface EventChange {
  readonly register: string
  /** Place among the events of its register, from 1: in the found log, or where a removed one stood in the reference. */
  readonly place: number
  readonly kind: 'changed' | 'added' | 'removed'
  /** For people: `UEFI variable: SecureBoot`. Of the found log, or of the reference where it was removed. */
  readonly component: string
  readonly expected: Uint8Array | null
  readonly found: Uint8Array | null
}

/**
 * Differences register by register. What both begin and end with alike is left out; what is between is paired where it is alike,
 * then, in order, where it is of one type. Believe it only of registers whose replay hardware confirms
 * ({@link registersThatDiffer}).
 */
export function compareEventLogs(reference: EventLog, found: EventLog): readonly EventChange[] {
  const [left, right] = [byRegister(reference), byRegister(found)]
  const registers = [...new Set([...left.keys(), ...right.keys()])].toSorted()
  return registers.flatMap((register) => compareRegister(register, left.get(register) ?? [], right.get(register) ?? []))
}

function byRegister({ events }: EventLog): ReadonlyMap<string, readonly LoggedEvent[]> {
  const measured = events.filter(({ type }) => type !== EVENT_TYPE.noAction)
  return Map.groupBy(measured, ({ register }) => register)
}

/** An event with its place and one text for what it measured: its type and digest. */
interface Placed {
  readonly event: LoggedEvent
  readonly place: number
  readonly key: string
}

function place(events: readonly LoggedEvent[]): readonly Placed[] {
  return events.map((event, at) => ({ event, place: at + 1, key: `${event.type} ${encodeHex(event.digest)}` }))
}

function compareRegister(
  register: string,
  reference: readonly LoggedEvent[],
  found: readonly LoggedEvent[],
): readonly EventChange[] {
  const [wanted, seen] = between(place(reference), place(found))
  const left = [...wanted]
  const changes: EventChange[] = []
  for (const [at, one] of seen.entries()) {
    const same = left.findIndex(({ key }) => key === one.key)
    if (same >= 0) {
      changes.push(
        ...left
          .splice(0, same + 1)
          .slice(0, -1)
          .map((gone) => removed(register, gone)),
      )
      continue
    }
    const [next] = left
    const isReplaced = next?.event.type === one.event.type && !seen.slice(at).some(({ key }) => key === next.key)
    changes.push(isReplaced ? changed(register, next, one) : added(register, one))
    if (isReplaced) left.shift()
  }
  return [...changes, ...left.map((gone) => removed(register, gone))]
}

function added(register: string, { event, place: at }: Placed): EventChange {
  const component = describeEvent(event)
  return { register, place: at, kind: 'added', component, expected: null, found: event.digest }
}

function changed(register: string, before: Placed, after: Placed): EventChange {
  return { ...added(register, after), kind: 'changed', expected: before.event.digest }
}

function removed(register: string, { event, place: at }: Placed): EventChange {
  const component = describeEvent(event)
  return { register, place: at, kind: 'removed', component, expected: event.digest, found: null }
}

/** Both without what they begin with alike, and then without what they end with alike. */
function between(left: readonly Placed[], right: readonly Placed[]): readonly [readonly Placed[], readonly Placed[]] {
  const start = alike(left, right)
  const [leftRest, rightRest] = [left.slice(start), right.slice(start)]
  const end = alike(leftRest.toReversed(), rightRest.toReversed())
  return [leftRest.slice(0, leftRest.length - end), rightRest.slice(0, rightRest.length - end)]
}

/** How many events both begin with. */
function alike(left: readonly Placed[], right: readonly Placed[]): number {
  const differing = left.findIndex(({ key }, at) => right[at]?.key !== key)
  return differing < 0 ? left.length : differing
}
