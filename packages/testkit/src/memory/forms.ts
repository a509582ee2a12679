/**
 * The forms in which a secret may lie in memory. Everything is kept XORed with `MASK`, so that neither a scanner nor its
 * report ever holds what it looks for.
 */
export const MASK = 0xa7

/** A byte sequence to look for, masked. */
export interface Needle {
  /** Which secret, and in which form: `secret/utf16`. */
  readonly name: string
  /** At least 16 bytes, each XOR `MASK`. */
  readonly masked: Uint8Array
}

/**
 * As it is, UTF-16, hexadecimal, base64 and base64url in each of the three phases (a secret in the middle of a longer
 * base64 text), reversed (how big numbers keep it), and XOR 0x36 and 0x5c: the HMAC pads (RFC 2104), which give the
 * secret away as much as the secret does. Wherever it is kept whole, or any 16 bytes of it.
 */
export function needlesOf(name: string, secret: Uint8Array): readonly Needle[] {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const forms: readonly (readonly [string, Buffer])[] = [
    ['plain', bytes],
    ['utf16', Buffer.from(bytes.toString('latin1'), 'utf16le')],
    ['hex', Buffer.from(hex)],
    ['hex-upper', Buffer.from(hex.toUpperCase())],
    ['reversed', Buffer.from(bytes.toReversed())],
    ['hmac-inner', bytes.map((byte) => byte ^ 0x36) as Buffer],
    ['hmac-outer', bytes.map((byte) => byte ^ 0x5c) as Buffer],
    ...[0, 1, 2].flatMap((phase) => base64Forms(bytes, phase)),
  ]
  return forms
    .filter(([, form]) => form.length >= 16)
    .map(([form, found]) => ({ name: `${name}/${form}`, masked: found.map((byte) => byte ^ MASK) }))
}

/** Without the characters at either end that depend on the neighbours. */
function base64Forms(bytes: Buffer, phase: number): readonly (readonly [string, Buffer])[] {
  const padded = Buffer.concat([Buffer.alloc(phase), bytes])
  const whole = padded.toString('base64').replace(/=+$/, '')
  const inner = whole.slice(Math.ceil((phase * 8) / 6), whole.length - (padded.length % 3 === 0 ? 0 : 1))
  const url = inner.replaceAll('+', '-').replaceAll('/', '_')
  const standard = [`base64-${phase}`, Buffer.from(inner)] as const
  return url === inner ? [standard] : [standard, [`base64url-${phase}`, Buffer.from(url)]]
}
