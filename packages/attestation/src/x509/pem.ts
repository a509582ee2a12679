/** PEM (RFC 7468) of certificates, strictly: labels, line lengths and base64 in one form, with line ends LF or CRLF. */
import { type Bytes, decodeBase64, encodeBase64 } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'

export type PemLabel = 'CERTIFICATE' | 'X509 CRL'

/** Bytes of text, and blocks, that one file may have. */
const MOST = 1_500_000
const MOST_BLOCKS = 16

/**
 * Reads the blocks of `text`, nothing but empty lines around them, each line but the last of 64 characters. One
 * terminating zero byte is allowed, which Intel's quoting library leaves at the end. `pem_malformed`.
 */
export function readPem(text: Uint8Array, label: PemLabel): readonly Bytes[] {
  if (text.length > MOST) throw malformed('too long')
  const lines = readLines(text)
  const blocks: Bytes[] = []
  let base64: string[] | null = null
  for (const line of lines) {
    if (line === `-----BEGIN ${label}-----`) {
      if (base64 !== null || blocks.length === MOST_BLOCKS) throw malformed('a block inside a block, or too many')
      base64 = []
    } else if (base64 === null) {
      if (line !== '') throw malformed('text outside of the blocks')
    } else if (line === `-----END ${label}-----`) {
      blocks.push(decode(base64))
      base64 = null
    } else base64.push(line)
  }
  if (base64 !== null || blocks.length === 0) throw malformed('a block without its end, or no block')
  return blocks
}

/** One block, as {@link readPem} reads it. */
export function writePem(der: Uint8Array, label: PemLabel): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function readLines(text: Uint8Array): readonly string[] {
  const end = text.at(-1) === 0 ? text.length - 1 : text.length
  const lines: string[] = []
  let line = ''
  for (let at = 0; at < end; at++) {
    const byte = text[at] ?? 0
    if (byte === 0x0a) {
      lines.push(line)
      line = ''
    } else if (byte === 0x0d) {
      if (text[at + 1] !== 0x0a) throw malformed('a carriage return on its own')
    } else if (byte < 0x20 || byte > 0x7e || line.length >= 64) throw malformed('a line of another form')
    else line += String.fromCharCode(byte)
  }
  if (line !== '') lines.push(line)
  return lines
}

function decode(lines: readonly string[]): Bytes {
  if (lines.length === 0 || lines.slice(0, -1).some((line) => line.length !== 64))
    throw malformed('lines of another length')
  try {
    return decodeBase64(lines.join(''))
  } catch (cause) {
    throw new AttestationError('pem_malformed', 'PEM: base64 of another form', { cause })
  }
}

function malformed(what: string): AttestationError {
  return new AttestationError('pem_malformed', `PEM: ${what}`)
}
