/** A part of a policy that is not checked, said in so many words. */
export interface Skip {
  /** Why this is not checked, for whoever reads the verdict. Not empty. */
  readonly skip: string
}

/** Says in so many words that something is not checked, and why. */
export function skip(reason: string): Skip {
  return { skip: reason }
}

/** Its one member, and its own: what every object inherits was said by nobody, and beside a demand it would be unclear what holds. */
export function isSkip(part: unknown): part is Skip {
  if (typeof part !== 'object' || part === null || !Object.hasOwn(part, 'skip')) return false
  return Object.keys(part).length === 1 && 'skip' in part && typeof part.skip === 'string'
}

/**
 * Whether a part of a policy is either skipped with a reason or well formed. Callers without a type checker exist: a
 * part that is missing or mistyped must not read as "nothing to check".
 */
function isGiven(part: unknown, isWellFormed: (part: unknown) => boolean): boolean {
  return isSkip(part) ? part.skip.trim() !== '' : isWellFormed(part)
}

/** Form tests for {@link isGiven}, of the parts policies are made of. */
export const form = {
  /** One of the constants. */
  oneOf:
    (...constants: readonly string[]) =>
    (part: unknown): boolean =>
      typeof part === 'string' && constants.includes(part),
  /** Bytes, of one length where `length` is given. */
  bytes:
    (length?: number) =>
    (part: unknown): boolean =>
      part instanceof Uint8Array && (length === undefined || part.length === length),
  /** An integer from 0 to `most`. */
  count:
    (most: number = Number.MAX_SAFE_INTEGER) =>
    (part: unknown): boolean =>
      typeof part === 'number' && Number.isSafeInteger(part) && part >= 0 && part <= most,
  /** Seconds, not negative, fractions allowed. */
  seconds: (part: unknown): boolean => typeof part === 'number' && Number.isFinite(part) && part >= 0,
  text: (part: unknown): boolean => typeof part === 'string',
  listOf:
    (isItem: (part: unknown) => boolean) =>
    (part: unknown): boolean =>
      Array.isArray(part) && part.every((item) => isItem(item)),
  /** A plain object with exactly the members of `members`, each well formed; those in `optional` may be left out. */
  record:
    (
      members: Readonly<Record<string, (part: unknown) => boolean>>,
      optional: Readonly<Record<string, (part: unknown) => boolean>> = {},
    ) =>
    (part: unknown): boolean => {
      if (typeof part !== 'object' || part === null || Array.isArray(part)) return false
      const given = new Map<string, unknown>(Object.entries(part))
      return (
        [...given.keys()].every((name) => Object.hasOwn(members, name) || Object.hasOwn(optional, name)) &&
        Object.entries(members).every(([name, isMember]) => given.has(name) && isMember(given.get(name))) &&
        Object.entries(optional).every(([name, isMember]) => !given.has(name) || isMember(given.get(name)))
      )
    },
  /** Skipped with a reason, or well formed. */
  given:
    (isWellFormed: (part: unknown) => boolean) =>
    (part: unknown): boolean =>
      isGiven(part, isWellFormed),
} as const
