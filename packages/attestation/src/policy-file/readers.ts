/**
 * Readers of a policy file's parts. Each gets the place it reads at (`families.snp.vmpl`), so that an error says which member is
 * wrong. Every member is required: what is not checked is written `{"skip": "reason"}`.
 */
import { decodeHex } from '../bytes/index.ts'
import { AttestationError, type AttestationErrorCode } from '../errors.ts'
import { form, type Skip } from '../skip.ts'

/** Reads one part, or throws `field_missing`, `field_unknown`, `field_malformed` with its place. */
export type PartReader<Part> = (value: unknown, at: string) => Part

type Parts<Readers> = {
  readonly [Name in keyof Readers]: Readers[Name] extends PartReader<infer Part> ? Part : never
}

type Readers = Readonly<Record<string, PartReader<unknown>>>

/** An object with exactly these members. */
export function record<Required extends Readers>(required: Required): PartReader<Parts<Required>> {
  return (value, at) => readMembers(value, at, required, required) as Parts<Required>
}

/** An object with exactly the members of `required`, and any of `optional`. */
export function partialRecord<Required extends Readers, Optional extends Readers>(
  required: Required,
  optional: Optional,
): PartReader<Parts<Required> & Partial<Parts<Optional>>> {
  const known = { ...required, ...optional }
  return (value, at) => readMembers(value, at, known, required) as Parts<Required> & Partial<Parts<Optional>>
}

function readMembers(value: unknown, at: string, known: Readers, required: Readers): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(at, 'not an object')
  const members = new Map<string, unknown>(Object.entries(value))
  for (const name of members.keys()) {
    if (!Object.hasOwn(known, name)) throw refuse('field_unknown', below(at, shown(name)), 'not known')
  }
  const parts: [string, unknown][] = []
  for (const [name, read] of Object.entries(known)) {
    if (members.has(name)) parts.push([name, read(members.get(name), below(at, name))])
    else if (Object.hasOwn(required, name)) {
      throw refuse('field_missing', below(at, name), 'missing; what is not checked is written {"skip": "reason"}')
    }
  }
  return Object.fromEntries(parts)
}

/** `{"skip": "reason"}`, or what `read` reads. */
export function given<Part>(read: PartReader<Part>): PartReader<Part | Skip> {
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !('skip' in value))
      return read(value, at)
    const { skip } = record({ skip: reason })(value, at)
    return { skip }
  }
}

export function list<Item>(read: PartReader<Item>): PartReader<readonly Item[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw wrong(at, 'not an array')
    return value.map((item: unknown, index) => read(item, `${at}[${index}]`))
  }
}

export function oneOf<Constant extends string>(...constants: readonly Constant[]): PartReader<Constant> {
  return (value, at) => {
    const found = constants.find((constant) => constant === value)
    if (found === undefined) throw wrong(at, `not one of: ${constants.join(', ')}`)
    return found
  }
}

/** Lower-case hexadecimal; of `length` bytes where that is given. */
export function bytes(length?: number): PartReader<Uint8Array> {
  const expected = length === undefined ? 'lower-case hexadecimal' : `${2 * length} lower-case hexadecimal digits`
  return (value, at) => {
    const read = typeof value === 'string' ? decoded(value) : null
    if (read === null || (length !== undefined && read.length !== length)) throw wrong(at, `not ${expected}`)
    return read
  }
}

/** An integer from 0 to `most`. */
export function count(most: number = Number.MAX_SAFE_INTEGER): PartReader<number> {
  return (value, at) => {
    if (!form.count(most)(value) || typeof value !== 'number') throw wrong(at, `not an integer from 0 to ${most}`)
    return value
  }
}

/** Either constant or what `read` reads. */
export function constantOr<Constant extends string, Part>(
  constant: Constant,
  read: PartReader<Part>,
): PartReader<Constant | Part> {
  return (value, at) => (value === constant ? constant : read(value, at))
}

export const text: PartReader<string> = (value, at) => {
  if (typeof value !== 'string') throw wrong(at, 'not a string')
  return value
}

const reason: PartReader<string> = (value, at) => {
  const words = text(value, at)
  if (words.trim() === '') throw wrong(at, 'no reason')
  return words
}

export function wrong(at: string, what: string): AttestationError {
  return refuse('field_malformed', at, what)
}

function refuse(code: AttestationErrorCode, at: string, what: string): AttestationError {
  return new AttestationError(code, `policy: ${at === '' ? 'the file' : at}: ${what}`)
}

function below(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`
}

/** A name nobody knows is repeated only where it can do nothing to a terminal. */
function shown(name: string): string {
  return /^[\w-]{1,40}$/.test(name) ? name : 'a member'
}

function decoded(digits: string): Uint8Array | null {
  try {
    return decodeHex(digits)
  } catch {
    return null
  }
}
