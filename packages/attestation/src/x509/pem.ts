/** PEM (RFC 7468) of certificates, strictly: labels, line lengths and base64 in one form, with line ends LF or CRLF. */
import { type Bytes, decodeBase64, decodeUtf8, encodeBase64 } from '../bytes/index.ts'
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
      blocks.push(readBlock(base64))
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

/** Printable ASCII, at most 64 characters of it. */
const LINE = /^[ -~]{0,64}$/

function readLines(text: Uint8Array): readonly string[] {
  const end = text.at(-1) === 0 ? text.length - 1 : text.length
  const lines = decode(text.subarray(0, end), decodeUtf8).split(/\r?\n/)
  if (!lines.every((line) => LINE.test(line))) throw malformed('a line of another form')
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

function readBlock(lines: readonly string[]): Bytes {
  if (lines.length === 0 || lines.slice(0, -1).some((line) => line.length !== 64))
    throw malformed('lines of another length')
  return decode(lines.join(''), decodeBase64)
}

function decode<Encoded, Decoded>(encoded: Encoded, how: (encoded: Encoded) => Decoded): Decoded {
  try {
    return how(encoded)
  } catch (cause) {
    throw new AttestationError('pem_malformed', 'PEM: bytes or base64 of another form', { cause })
  }
}

function malformed(what: string): AttestationError {
  return new AttestationError('pem_malformed', `PEM: ${what}`)
}
