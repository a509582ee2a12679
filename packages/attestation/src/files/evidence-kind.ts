import type { HardwareFamily } from '../hardware-only.ts'

/** Bytes needed to tell. */
const LEAST = 48
/** CBOR: tag 18 (COSE_Sign1), and an array of four whose first is a byte string of four: `{1: -35}`. */
const COSE_TAG = 0xd2
const COSE_ARRAY = 0x84
const COSE_HEADER = 0x44
const ECDSA_P256 = 2
const TDX = 0x81

/**
 * Which family binary evidence looks like, by what it begins with, or null. Nothing rests on the answer but whose parser reads
 * it: no beginning is of two families, and each parser is strict.
 */
export function evidenceKind(bytes: Uint8Array): Exclude<HardwareFamily, 'azure-vtpm'> | null {
  if (bytes.length < LEAST) return null
  const cose = bytes[0] === COSE_TAG ? 1 : 0
  if (bytes[cose] === COSE_ARRAY && bytes[cose + 1] === COSE_HEADER) return 'nitro'
  const [version = 0, second, keyType, fourth, tee] = bytes
  if (version < 2 || version > 5 || second !== 0 || fourth !== 0) return null
  // A quote has its kind of key here, an SNP report the upper half of its version.
  if (keyType === 0) return 'snp'
  if (version < 3 || keyType !== ECDSA_P256) return null
  return tee === TDX ? 'tdx' : 'sgx'
}
