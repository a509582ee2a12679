/** `bytea` as both databases send it in text: `\x` and hexadecimal digits. */

/** Object identifier of the type, `pg_type.dat`. */
export const BYTEA = 17

/** A plain `Uint8Array`, whichever database it came from. Always of sealed or public bytes: the memory may be Node's pool. */
export function parseBytea(text: string): Uint8Array {
  const buffer = Buffer.from(text.slice(2), 'hex')
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
