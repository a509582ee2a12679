/**
 * Reading a venue's answer, field by field: what is missing or of another shape throws `venue_answer_invalid` naming
 * the field, and nothing else of the answer. Input is the output of `parseLosslessJson`: numbers are text.
 */
import type { Decimal, Micros } from '@perf-aggregator/performance'
import { EnclaveError } from '../../errors.ts'
import { isNegative, isZero, readDecimal } from '../decimal.ts'

export type Fields = Readonly<Record<string, unknown>>

/** `what` is one of our own words, never text of the answer. */
export function invalidAnswer(what: string): EnclaveError {
  return new EnclaveError('venue_answer_invalid', `the venue's answer has no valid ${what}`)
}

export function asFields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidAnswer(what)
  return value as Fields
}

export function asList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidAnswer(what)
  return value as readonly unknown[]
}

/** A string (or a number's text) that is not empty. */
export function text(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || value === '') throw invalidAnswer(name)
  return value
}

/** As `text`; null where the field is missing, null or empty. */
export function optionalText(fields: Fields, name: string): string | null {
  const value = fields[name]
  if (value === undefined || value === null || value === '') return null
  return text(fields, name)
}

export function flag(fields: Fields, name: string): boolean {
  const value = fields[name]
  if (typeof value !== 'boolean') throw invalidAnswer(name)
  return value
}

export function decimal(fields: Fields, name: string): Decimal {
  return asDecimal(fields[name], name)
}

export function asDecimal(value: unknown, what: string): Decimal {
  const read = typeof value === 'string' ? readDecimal(value) : null
  if (read === null) throw invalidAnswer(what)
  return read
}

/** Above zero. */
export function positive(fields: Fields, name: string): Decimal {
  const value = decimal(fields, name)
  if (isZero(value) || isNegative(value)) throw invalidAnswer(name)
  return value
}

/** A whole number that JavaScript holds exactly: times, counts, never money. */
export function integer(fields: Fields, name: string): number {
  return asInteger(fields[name], name)
}

export function asInteger(value: unknown, what: string): number {
  if (typeof value !== 'string' || !/^-?\d{1,16}$/.test(value)) throw invalidAnswer(what)
  const read = Number(value)
  if (!Number.isSafeInteger(read)) throw invalidAnswer(what)
  return read
}

/** One of the venue's words, in ours. */
export function oneOf<T>(fields: Fields, name: string, words: Readonly<Record<string, T>>): T {
  const word = text(fields, name)
  const meaning = Object.hasOwn(words, word) ? words[word] : undefined
  if (meaning === undefined) throw invalidAnswer(name)
  return meaning
}

/** Milliseconds since 1970, as integers. */
export function millisecondsField(fields: Fields, name: string): Micros {
  const at = integer(fields, name) * 1000
  if (!Number.isSafeInteger(at)) throw invalidAnswer(name)
  return at
}

/** `1688585840.8921` seconds since 1970 to microseconds, from the text: a double would already be wrong. Finer digits are cut. */
export function secondsField(fields: Fields, name: string): Micros {
  const match = /^(\d{1,10})(?:\.(\d{1,12}))?$/.exec(decimal(fields, name))
  if (match === null) throw invalidAnswer(name)
  const [, seconds = '', fraction = ''] = match
  return Number(seconds) * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, '0'))
}

/** `2024-01-15T10:30:00.123456Z` to microseconds. Finer digits are cut. */
export function instantField(fields: Fields, name: string): Micros {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(?:Z|\+00:00)$/.exec(text(fields, name))
  if (match === null) throw invalidAnswer(name)
  const [, day = '', time = '', fraction = ''] = match
  return wholeSecond(`${day}T${time}Z`, name) + Number(fraction.slice(0, 6).padEnd(6, '0'))
}

/** `2019-10-12 11:12:02`, UTC without saying so. */
export function utcTextField(fields: Fields, name: string): Micros {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/.exec(text(fields, name))
  if (match === null) throw invalidAnswer(name)
  return wholeSecond(`${match[1] ?? ''}T${match[2] ?? ''}Z`, name)
}

function wholeSecond(iso: string, what: string): Micros {
  const milliseconds = Date.parse(iso)
  // Date.parse rolls some impossible days over (31 June); an instant must read back as it was written.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, 19) !== iso.slice(0, 19)) {
    throw invalidAnswer(what)
  }
  return milliseconds * 1000
}
