/**
 * Takes certificates, lists, JSON and binary evidence out of the text that tools put around them: hexadecimal, base64 of either
 * alphabet, percent-encoding, and one inside another. Only form is read: two spellings may mean the same bytes, for what is signed is
 * inside.
 */
import { type Bytes, decodeBase64Url, decodeHex, decodeUtf8 } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'

/** More than one inside another no tool was seen to write; it bounds the work on hostile text. */
const MOST_LAYERS = 3
const PEM_BLOCK = /-----BEGIN (CERTIFICATE|X509 CRL)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g
const LINE_FEED = 0x0a
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const

export interface PemBlocks {
  /** DER */
  readonly certificates: readonly Bytes[]
  readonly crls: readonly Bytes[]
}

/** Text that is PEM or JSON, or the bytes a text stands for; null for text that stands for none. */
export function unwrap(text: string, layers = MOST_LAYERS): string | Bytes | null {
  const plain = withoutZeros(text).trim()
  if (plain.startsWith('{')) return plain
  if (/^-----BEGIN(?:%20|\+)/.test(plain)) return percentDecoded(plain)
  if (plain.includes('-----BEGIN ')) return plain.replaceAll('\\n', '\n')
  const bytes = decoded(plain.replaceAll(/\s/g, ''))
  const inner = bytes && layers > 0 ? textOf(bytes) : null
  return (inner === null ? null : unwrap(inner, layers - 1)) ?? bytes
}

/** C libraries count the zero that ends a string. */
function withoutZeros(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--
  return text.slice(0, end)
}

/** Bytes that may have been written down as text; as given where they were not. */
export function unwrapBytes(bytes: Uint8Array): Uint8Array {
  const text = textOf(bytes)
  const inner = text === null ? null : unwrap(text)
  return inner instanceof Uint8Array ? inner : bytes
}

/** The blocks of PEM, wherever in the text and however long their lines. `pem_malformed` where there is none. */
export function readPemBlocks(text: string): PemBlocks {
  const blocks = [...text.matchAll(PEM_BLOCK)].map(([, label, base64 = '']) => {
    const der = decoded(base64.replaceAll(/\s/g, ''))
    if (!der) throw malformed()
    return { label, der }
  })
  if (blocks.length === 0 || blocks.length !== text.split('-----BEGIN ').length - 1) throw malformed()
  const of = (wanted: string): Bytes[] => blocks.flatMap(({ label, der }) => (label === wanted ? [der] : []))
  return { certificates: of('CERTIFICATE'), crls: of('X509 CRL') }
}

/** The text of bytes that are all printable ASCII and line ends, or that begin as JSON does; else null. */
export function textOf(bytes: Uint8Array): string | null {
  const marked = BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte)
  const own = marked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes
  const end = own.findLastIndex((byte) => byte !== 0) + 1
  const isText = own
    .subarray(0, end)
    .every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === LINE_FEED || byte === 0x0d || byte === 9)
  return isText || own[0] === 0x7b ? orNull(() => decodeUtf8(own)) : null
}

/** Intel serves issuer chains in a header, percent-encoded. */
export function percentDecoded(text: string): string {
  return text
    .replaceAll('-----BEGIN+', '-----BEGIN ')
    .replaceAll('-----END+', '-----END ')
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

function decoded(characters: string): Bytes | null {
  if (characters === '') return null
  const digits = characters.replace(/^0[xX]/, '').toLowerCase()
  return (
    orNull(() => decodeHex(digits)) ??
    orNull(() =>
      decodeBase64Url(
        characters
          .replace(/={1,2}$/, '')
          .replaceAll('+', '-')
          .replaceAll('/', '_'),
      ),
    )
  )
}

function malformed(): AttestationError {
  return new AttestationError('pem_malformed', 'PEM: a block without its end, of another kind, or no block')
}

function orNull<Value>(read: () => Value): Value | null {
  try {
    return read()
  } catch {
    return null
  }
}
