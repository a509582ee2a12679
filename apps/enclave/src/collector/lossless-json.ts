/**
 * Reads a venue's JSON without ever making a JavaScript number: every number becomes its own text, digit for digit
 * (`0.10` stays `0.10`, a 19-digit order id stays whole). Strings stay strings, so a reader cannot tell `"1"` from `1`,
 * and need not: venues switch between the two.
 */
import { EnclaveError } from '../errors.ts'

interface ReviverContext {
  /** The token as it stood in the text, for primitive values (ECMA-262 `JSON.parse` source text access). */
  readonly source?: string
}

/** Throws `venue_answer_invalid` when `text` is not JSON. */
export function parseLosslessJson(text: string): unknown {
  const keepNumberText = (_key: string, value: unknown, context?: ReviverContext): unknown =>
    typeof value === 'number' ? context?.source : value
  try {
    return JSON.parse(text, keepNumberText) as unknown
  } catch {
    throw new EnclaveError('venue_answer_invalid', "the venue's answer is not JSON")
  }
}
