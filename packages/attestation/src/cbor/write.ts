import { type Bytes, concat, encodeUtf8 } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'
import { CborTag, type CborValue, isCborArray, isCborMap } from './values.ts'

/** Encodes a value with definite lengths and heads in their shortest form; maps keep the order of their entries. */
export function writeCbor(value: CborValue): Bytes {
  if (value === false) return Uint8Array.of(0xf4)
  if (value === true) return Uint8Array.of(0xf5)
  if (value === null) return Uint8Array.of(0xf6)
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') {
    const text = encodeUtf8(value)
    return concat(head(3, text.length), text)
  }
  if (value instanceof Uint8Array) return concat(head(2, value.length), value)
  if (value instanceof CborTag) return concat(head(6, value.tag), writeCbor(value.value))
  if (isCborArray(value)) return concat(head(4, value.length), ...value.map(writeCbor))
  if (!isCborMap(value)) throw new AttestationError('cbor_malformed', 'CBOR: a value that cannot be encoded')
  return concat(head(5, value.size), ...[...value].flatMap(([key, one]) => [writeCbor(key), writeCbor(one)]))
}

function head(major: number, argument: number): Bytes {
  if (!Number.isSafeInteger(argument) || argument < 0) {
    throw new AttestationError('cbor_malformed', 'CBOR: a number that is no integer')
  }
  const size = argument < 24 ? 0 : argument < 256 ? 1 : argument < 65_536 ? 2 : argument < 2 ** 32 ? 4 : 8
  const bytes = new Uint8Array(1 + size)
  bytes[0] = (major << 5) | (size === 0 ? argument : 24 + Math.log2(size))
  for (let at = size, rest = argument; at > 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256
  return bytes
}
