/** What evidence says, in JSON: whole hexadecimal, no judgement. */
import { encodeHex } from '@perf-aggregator/attestation/bytes'

export type PlainJson = null | boolean | number | string | readonly PlainJson[] | { readonly [name: string]: PlainJson }

/** Bytes as hexadecimal, and 64-bit integers too, whose low bits a JSON number would lose. */
export function plainJson(value: unknown): PlainJson {
  if (value instanceof Uint8Array) return encodeHex(value)
  if (typeof value === 'bigint') return `0x${value.toString(16)}`
  if (Array.isArray(value)) return value.map(plainJson)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plainJson(part)]))
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}
