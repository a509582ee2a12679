import { UsageError } from './usage-error.ts'

/** A whole number above zero, or `UsageError` that names the option. */
export function wholeNumber(flag: string, text: string): number {
  const value = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0
  if (value === 0) throw new UsageError(`${flag} takes a whole number above zero`)
  return value
}
