/** What hardware says of a log: which registers it explains, which it is wrong about, and which it is silent on. */
import { equalBytes } from '../bytes/index.ts'
import type { Registers } from '../measurements.ts'
import { initial } from './replay.ts'

export interface Confirmation {
  /** Replay gives what hardware signed: the log is to be believed about these, and no others. */
  readonly confirmed: readonly string[]
  /** Replay gives another value: an event was left out, added or altered. */
  readonly differing: readonly string[]
  /** The log names them, and the evidence does not quote them. */
  readonly notQuoted: readonly string[]
  /** They were extended, and the log has no event of theirs: measured later, by others. */
  readonly notLogged: readonly string[]
}

/** @param quoted measurements of evidence; those that are no PCR and no RTMR are left out */
export function confirmReplay(replayed: Registers, quoted: Registers): Confirmation {
  const named = Object.entries(replayed).flatMap(([name, value]) =>
    value ? [{ name, value, found: quoted[name] }] : [],
  )
  const isSilent = ([name, found]: readonly [string, Uint8Array | undefined]): boolean =>
    /^(?:PCR|RTMR)\d+$/.test(name) &&
    found !== undefined &&
    replayed[name] === undefined &&
    !equalBytes(found, initial(name, found.length, 0))
  const names = (holds: (one: (typeof named)[number]) => boolean): readonly string[] =>
    sorted(named.filter((one) => holds(one)).map(({ name }) => name))
  return {
    confirmed: names(({ value, found }) => found !== undefined && equalBytes(value, found)),
    differing: names(({ value, found }) => found !== undefined && !equalBytes(value, found)),
    notQuoted: names(({ found }) => found === undefined),
    notLogged: sorted(
      Object.entries(quoted)
        .filter(isSilent)
        .map(([name]) => name),
    ),
  }
}

/** By number, `PCR2` before `PCR10`. */
function sorted(names: readonly string[]): readonly string[] {
  const number = (name: string): number => Number(name.replace(/^\D+/, ''))
  return names.toSorted((a, b) => number(a) - number(b))
}
