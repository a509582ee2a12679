/** What TPM2_Quote signs (TCG TPM 2.0 Library part 2, 10.12.8 "TPMS_ATTEST" and 10.12.1 "TPMS_QUOTE_INFO"). Big-endian. */
import { StructureReader } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'

/** TPM_GENERATED_VALUE: a TPM signs nothing from outside that begins so. */
const GENERATED = 0xff54_4347
const ST_ATTEST_QUOTE = 0x8018
const ALG_SHA256 = 0x000b
/** Bytes of a bitmap of 24 PCRs */
const BITMAP_SIZE = 3

export interface TpmQuote {
  /** The caller's nonce; may be empty. */
  readonly extraData: Uint8Array
  /** Numbers of the SHA-256 PCRs quoted, ascending */
  readonly selected: readonly number[]
  /** SHA-256 of their values, in that order */
  readonly pcrDigest: Uint8Array
}

/** Strict: one bank, SHA-256, 24 PCRs, nothing after the digest. `structure_malformed`. */
export function readTpmQuote(message: Uint8Array): TpmQuote {
  try {
    const reader = new StructureReader(message)
    if (reader.u32be() !== GENERATED || reader.u16be() !== ST_ATTEST_QUOTE) throw new TypeError('no quote')
    // Name of the key that signs: the verifier knows the key itself.
    reader.take(reader.u16be())
    const extraData = reader.take(reader.u16be()).slice()
    // Clock, resets, restarts, whether the clock is safe, and the firmware's version: nothing to hold them against.
    reader.take(8 + 4 + 4 + 1 + 8)
    if (reader.u32be() !== 1 || reader.u16be() !== ALG_SHA256 || reader.u8() !== BITMAP_SIZE) {
      throw new TypeError('another selection than of one SHA-256 bank')
    }
    const bitmap = reader.take(BITMAP_SIZE)
    const pcrDigest = reader.take(reader.u16be()).slice()
    reader.end()
    const selected = Array.from({ length: 8 * BITMAP_SIZE }, (_, index) => index).filter(
      (index) => ((bitmap[index >> 3] ?? 0) & (1 << (index & 7))) !== 0,
    )
    return { extraData, selected, pcrDigest }
  } catch (cause) {
    throw new AttestationError('structure_malformed', 'not a TPM quote of SHA-256 PCRs', { cause })
  }
}
