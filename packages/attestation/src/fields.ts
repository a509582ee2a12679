import { AttestationError } from './errors.ts'

/** How one field of a JSON object is read; whatever it throws becomes `field_malformed`. */
export type FieldReader<Value> = (value: unknown) => Value

type Values<Readers> = {
  -readonly [Name in keyof Readers]: Readers[Name] extends FieldReader<infer Value> ? Value : never
}

/**
 * Reads a JSON object that has exactly the fields of `readers`. An unknown field is refused, not ignored: two
 * programs that ignore different things do not agree on what was said.
 */
export function readFields<Readers extends Readonly<Record<string, FieldReader<unknown>>>>(
  what: string,
  json: unknown,
  readers: Readers,
): Values<Readers> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new AttestationError('field_malformed', `${what} is not an object`)
  }
  const members = new Map<string, unknown>(Object.entries(json))
  for (const name of members.keys()) {
    if (!Object.hasOwn(readers, name))
      throw new AttestationError('field_unknown', `${what} has a field it must not have`)
  }
  const values: Record<string, unknown> = {}
  for (const [name, read] of Object.entries(readers)) {
    if (!members.has(name)) throw new AttestationError('field_missing', `${what} lacks ${name}`)
    try {
      values[name] = read(members.get(name))
    } catch (cause) {
      if (cause instanceof AttestationError) throw cause
      throw new AttestationError('field_malformed', `${name} of ${what} has not the form it must have`, { cause })
    }
  }
  return values as Values<Readers>
}

/** A string, decoded by `decode`, of `minimum` to `maximum` bytes. */
export function bytesField(
  decode: (text: string) => Uint8Array,
  minimum: number,
  maximum = minimum,
): FieldReader<Uint8Array> {
  return (value) => {
    const bytes = decode(textField(value))
    if (bytes.length < minimum || bytes.length > maximum) throw new RangeError('wrong length')
    return bytes
  }
}

export const textField: FieldReader<string> = (value) => {
  if (typeof value !== 'string') throw new TypeError('not a string')
  return value
}

/** An integer JavaScript holds exactly, not negative. */
export const countField: FieldReader<number> = (value) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) {
    throw new TypeError('not a non-negative integer')
  }
  return value
}

/** Exactly `constant`. */
export function constantField<Constant extends string>(constant: Constant): FieldReader<Constant> {
  return (value) => {
    if (value !== constant) throw new TypeError('not the constant')
    return constant
  }
}
