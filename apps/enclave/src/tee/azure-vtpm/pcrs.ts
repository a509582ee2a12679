/** What was measured into the SHA-256 PCRs of a TPM, and that the TPM says so (TCG TPM 2.0 Library part 3, 22.4 and 18.4). */
import { createHash } from 'node:crypto'
import { readTpmQuote } from '@perf-aggregator/attestation/azure-vtpm'
import { type Bytes, concat, equalBytes, type StructureReader, u16, u32 } from '@perf-aggregator/attestation/bytes'
import { EnclaveError } from '../../errors.ts'
import { PASSWORD, sized, strictly, takeSized } from './message.ts'
import { SHA256, type Tpm } from './tpm.ts'

const DIGEST = 32
/** Bytes of a bitmap of 24 PCRs */
const BITMAP = 3
/** Digests a `TPML_DIGEST` holds at most */
const MOST_DIGESTS = 8
/** `TPM_ALG_RSASSA` */
const RSASSA = 0x0014
const RSA_2048 = 256
const MOST_ATTEST = 1024

/** PCRs change while the system starts, and seldom after. */
const ATTEMPTS = 5

export interface PcrQuote {
  /** `TPMS_ATTEST` */
  readonly message: Uint8Array
  /** RSASSA-PKCS1-v1_5 with SHA-256 */
  readonly signature: Uint8Array
  /** Of the PCRs asked for, in their order */
  readonly pcrs: readonly Uint8Array[]
}

/** `TPML_PCR_SELECTION` of SHA-256 PCRs. */
export function pcrSelection(indices: readonly number[]): Bytes {
  const bitmap = new Uint8Array(BITMAP)
  for (const index of indices) bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7))
  return concat(u32(1), u16(SHA256), Uint8Array.of(BITMAP), bitmap)
}

/**
 * The values of `indices` (ascending, 0 to 23), 32 bytes each, as they were at one moment; null when one changed while they were
 * read. `TPM2_PCR_Read`.
 */
export async function readPcrs(tpm: Tpm, indices: readonly number[]): Promise<readonly Uint8Array[] | null> {
  const values = new Map<number, Uint8Array>()
  const counters = new Set<number>()
  for (let left = indices; left.length > 0; left = left.filter((index) => !values.has(index))) {
    const command = { name: 'TPM2_PCR_Read', code: 0x17e, parameters: pcrSelection(left) }
    const { parameters } = await tpm.run(command)
    const read = strictly(command.name, parameters, (reader) => {
      counters.add(reader.u32be())
      const selected = takeSelection(reader)
      const count = reader.u32be()
      const isAsked = selected.length > 0 && selected.every((index) => left.includes(index))
      if (!isAsked || count !== selected.length || count > MOST_DIGESTS) throw new TypeError('other PCRs')
      return selected.map((index) => {
        const digest = takeSized(reader, DIGEST).slice()
        if (digest.length !== DIGEST) throw new TypeError('no digest of SHA-256')
        return [index, digest] as const
      })
    })
    for (const [index, digest] of read) values.set(index, digest)
  }
  // The counter goes up with every PCR that changes.
  if (counters.size !== 1) return null
  return indices.map((index) => values.get(index) ?? new Uint8Array(0))
}

/**
 * PCRs with a signature over their digest and `extraData` (32 bytes) by the RSA key at `keyHandle`. What changed between reading and
 * signing is read and signed again, so many times; then `tee_unavailable`. `TPM2_Quote`.
 */
export async function quotePcrs(
  tpm: Tpm,
  keyHandle: number,
  extraData: Uint8Array,
  indices: readonly number[],
): Promise<PcrQuote> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const pcrs = await readPcrs(tpm, indices)
    if (pcrs === null) continue
    const { message, signature } = await sign(tpm, keyHandle, extraData, indices)
    const quote = readQuote(message)
    const isAsked = equalBytes(quote.extraData, extraData) && String(quote.selected) === String(indices)
    if (!isAsked) throw new EnclaveError('tee_unavailable', 'the TPM quoted another thing than it was asked for')
    if (equalBytes(quote.pcrDigest, sha256(...pcrs))) return { message, signature, pcrs }
  }
  throw new EnclaveError('tee_unavailable', `PCRs of the TPM changed ${ATTEMPTS} times while they were quoted`)
}

async function sign(
  tpm: Tpm,
  keyHandle: number,
  extraData: Uint8Array,
  indices: readonly number[],
): Promise<Omit<PcrQuote, 'pcrs'>> {
  const command = {
    name: 'TPM2_Quote',
    code: 0x158,
    handles: [keyHandle],
    authorization: PASSWORD,
    parameters: concat(sized(extraData), u16(RSASSA), u16(SHA256), pcrSelection(indices)),
  }
  const { parameters } = await tpm.run(command)
  return strictly(command.name, parameters, (reader) => {
    const message = takeSized(reader, MOST_ATTEST).slice()
    if (reader.u16be() !== RSASSA || reader.u16be() !== SHA256) throw new TypeError('another scheme')
    const signature = takeSized(reader, RSA_2048).slice()
    if (signature.length !== RSA_2048) throw new TypeError('no signature of RSA-2048')
    return { message, signature }
  })
}

function readQuote(message: Uint8Array): ReturnType<typeof readTpmQuote> {
  try {
    return readTpmQuote(message)
  } catch (cause) {
    throw new EnclaveError('tee_unavailable', 'the TPM signed something that is no quote of SHA-256 PCRs', { cause })
  }
}

function takeSelection(reader: StructureReader): readonly number[] {
  if (reader.u32be() !== 1 || reader.u16be() !== SHA256 || reader.u8() !== BITMAP) throw new TypeError('another bank')
  const bitmap = reader.take(BITMAP)
  return Array.from({ length: 8 * BITMAP }, (_, index) => index).filter(
    (index) => ((bitmap[index >> 3] ?? 0) & (1 << (index & 7))) !== 0,
  )
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}
