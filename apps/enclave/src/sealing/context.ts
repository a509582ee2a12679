/**
 * Context bytes for `seal`: every part length-prefixed, so that no two lists of parts give the same bytes
 * (`u32(length) ‖ bytes`, as in the attestation binding). Numbers are written in decimal.
 */
export function context(purpose: string, ...parts: readonly (string | number | bigint | Uint8Array)[]): Buffer {
  const encoded = [purpose, ...parts].map((part) => (part instanceof Uint8Array ? part : Buffer.from(String(part))))
  const out = Buffer.alloc(encoded.reduce((length, part) => length + 4 + part.length, 0))
  let at = 0
  for (const part of encoded) {
    out.writeUInt32BE(part.length, at)
    out.set(part, at + 4)
    at += 4 + part.length
  }
  return out
}
