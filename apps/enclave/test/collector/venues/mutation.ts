/** Test fixture: an answer with one thing altered, for every thing in it. */
import assert from 'node:assert/strict'
import { EnclaveError } from '../../../src/errors.ts'

/** What a field is replaced by; undefined removes it. */
const REPLACEMENTS: readonly unknown[] = [
  undefined,
  null,
  '',
  'x',
  'NaN',
  '-',
  '1e999',
  '99999999999999999999999',
  '9007199254740991',
  true,
  {},
  [],
  ['1'],
]

function* alterations(value: unknown): Generator {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const altered of alterations(item)) yield value.with(index, altered)
      for (const replacement of REPLACEMENTS) yield value.with(index, replacement)
    }
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, item] of Object.entries(value)) {
    for (const altered of alterations(item)) yield { ...value, [name]: altered }
    for (const replacement of REPLACEMENTS) {
      const { [name]: _removed, ...rest } = value as Record<string, unknown>
      yield replacement === undefined ? rest : { ...rest, [name]: replacement }
    }
  }
}

/** Every alteration either throws `venue_answer_invalid`, or what is read is well-formed all the same. Returns how many threw. */
export function assertSurvivesMutation(answer: unknown, parse: (answer: unknown) => unknown): number {
  let refused = 0
  for (const altered of alterations(answer)) {
    let read: unknown
    try {
      read = parse(altered)
    } catch (error) {
      assert.ok(error instanceof EnclaveError && error.code === 'venue_answer_invalid', String(error))
      refused += 1
      continue
    }
    assertWellFormed(read)
  }
  return refused
}

/** No number that is not a safe integer, no amount that is not a plain decimal, nothing undefined. */
function assertWellFormed(value: unknown): void {
  if (value instanceof Map) assertWellFormed([...value.values()])
  else if (Array.isArray(value)) value.forEach(assertWellFormed)
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      assert.notEqual(item, undefined, name)
      if (typeof item === 'number') assert.ok(Number.isSafeInteger(item), name)
      if (['amount', 'quantity', 'price', 'quoteQuantity', 'total', 'close'].includes(name)) {
        assert.match(String(item), /^-?\d+(\.\d+)?$/, name)
      }
      assertWellFormed(item)
    }
  }
}

/** Removing any of `fields` (paths with dots) is refused. */
export function assertRequires(answer: object, fields: readonly string[], parse: (answer: unknown) => unknown): void {
  for (const path of fields) {
    const copy = structuredClone(answer) as Record<string, unknown>
    const names = path.split('.')
    const last = names.pop() ?? ''
    let at: Record<string, unknown> = copy
    for (const name of names) at = at[name] as Record<string, unknown>
    assert.ok(last in at, `the valid answer has ${path}`)
    delete at[last]
    assert.throws(
      () => parse(copy),
      (error) => error instanceof EnclaveError && error.code === 'venue_answer_invalid',
      path,
    )
  }
}
