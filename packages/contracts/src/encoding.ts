/** How bytes, times, days, amounts and lists are written in JSON; the one place their patterns are named. */
import { type Static, type TSchema, Type } from 'typebox'

/** What a description of a field adds to its form. */
export interface Annotation {
  readonly description: string
  readonly examples?: readonly unknown[]
}

/** JSON Schema's own type for `examples` is mutable. */
function annotate(annotation: Annotation): { description: string; examples?: unknown[] } {
  const { description, examples } = annotation
  return examples === undefined ? { description } : { description, examples: [...examples] }
}

/**
 * Codes of our own for a failed keyword of one field, read by the enclave's problem mapping:
 * `{ 'x-error-code': { enum: 'unknown_exchange' } }`. Any other failure is `invalid_request`.
 */
export const ERROR_CODE_KEYWORD = 'x-error-code'

/** A string of one exact form. */
export function Text(pattern: string, annotation: Annotation, limits: { minLength?: number; maxLength?: number } = {}) {
  return Type.String({ ...annotate(annotation), pattern, ...limits })
}

/** RFC 4648 §4 alphabet and padding; trailing bits are checked where it is decoded. */
const BASE64 = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'

/**
 * base64 (RFC 4648 §4, padded) of any number of bytes up to `maxLength` characters. Failing the alphabet is
 * `invalid_base64`, so that a wrong encoding and a wrong number of bytes are told apart.
 */
export function Base64(annotation: Annotation, maxLength: number) {
  return Type.String({
    ...annotate(annotation),
    contentEncoding: 'base64',
    maxLength,
    pattern: BASE64,
    [ERROR_CODE_KEYWORD]: { pattern: 'invalid_base64' },
  })
}

/** base64 (RFC 4648 §4, padded) of exactly `bytes` bytes, trailing bits included. */
export function Base64Of(bytes: number, annotation: Annotation) {
  const tail = ['', '[A-Za-z0-9+/][AQgw]==', '[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]='][bytes % 3] ?? ''
  return Text(`^[A-Za-z0-9+/]{${Math.floor(bytes / 3) * 4}}${tail}$`, annotation)
}

/** base64url (RFC 4648 §5, unpadded) of exactly 32 bytes. */
const BASE64URL_32 = '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$'

/** Lower-case hexadecimal SHA-256. */
export function HexDigest(annotation: Annotation) {
  return Text('^[0-9a-f]{64}$', annotation)
}

/** An instant the service stamps, RFC 3339 in UTC. */
export function Instant(annotation: Annotation) {
  return Text('^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,6})?Z$', {
    examples: ['2026-03-01T12:00:00.000Z'],
    ...annotation,
  })
}

/** One UTC day. */
export function Day(annotation: Annotation) {
  return Text('^\\d{4}-\\d{2}-\\d{2}$', { examples: ['2026-03-01'], ...annotation })
}

/** `-?digits[.digits]`: exact, so never a JSON number. */
export function DecimalText(annotation: Annotation) {
  return Text('^-?\\d+(?:\\.\\d+)?$', { examples: ['1234.5678'], ...annotation })
}

/** A whole number from zero that JSON carries exactly. */
export function Count(description: string) {
  return Type.Integer({ description, minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
}

/** One of these texts. */
export function OneOf<const Name extends string>(names: readonly Name[], options: Record<string, unknown> = {}) {
  return Type.Enum([...names], { type: 'string', ...options })
}

/** A list nobody may change in place: its static type is a readonly array. */
export function List<Item extends TSchema>(
  items: Item,
  options: { description?: string; minItems?: number; maxItems?: number; uniqueItems?: boolean } = {},
) {
  return Type.Unsafe<readonly Static<Item>[]>(Type.Array(items, options))
}

/** An object with these fields and no others. */
export function Closed<Fields extends Record<string, TSchema>>(
  fields: Fields,
  annotation: { title?: string; description?: string; examples?: readonly unknown[] } = {},
) {
  const { examples, ...rest } = annotation
  return Type.Object(fields, {
    ...rest,
    ...(examples === undefined ? {} : { examples: [...examples] }),
    additionalProperties: false,
  })
}

/** A session id: base64url of 32 random bytes; a bearer secret, unless the session is bound to a client key. */
export const SessionId = Text(BASE64URL_32, {
  description:
    'The session id: base64url of 32 random bytes. Whoever holds it reads the session, unless the session is bound.',
  examples: ['q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA'],
})

/** A certificate id: base64url SHA-256 of the certificate's payload (protocol, section 5). */
export const CertificateId = Text(BASE64URL_32, {
  description: "base64url SHA-256 of the certificate's payload string.",
  examples: ['n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'],
})

/** The venues that have their own, proven connector. */
export const EXCHANGES = ['binance', 'coinbase', 'kraken'] as const

/** A venue's id. A name that is none of them is `unknown_exchange`. */
export const Exchange = OneOf(EXCHANGES, {
  description: 'The venue.',
  examples: ['binance'],
  [ERROR_CODE_KEYWORD]: { enum: 'unknown_exchange' },
})

/** What a trader calls a session. */
export const Label = Text('^[A-Za-z0-9 ._-]{1,64}$', {
  description: 'A name for people: 1 to 64 letters, digits, spaces, dots, underscores or hyphens.',
  examples: ['main account'],
})

/** The pseudonym of one venue account. */
export const Account = Type.String({
  description: 'Pseudonym of the venue account: the same account always has the same pseudonym.',
  examples: ['acct-3f9a0c'],
})
