/** Memory of a TPM that has a number (TCG TPM 2.0 Library part 3, 31 "Non-volatile Storage"). */
import { concat, u16, u32 } from '@perf-aggregator/attestation/bytes'
import { EnclaveError } from '../../errors.ts'
import { PASSWORD, sized, strictly, takeSized } from './message.ts'
import { OWNER, refusal, SHA256, type Tpm } from './tpm.ts'

/** `TPMA_NV` (part 2, 13.4) */
const ATTRIBUTES = {
  ownerWrite: 1 << 1,
  authWrite: 1 << 2,
  ownerRead: 1 << 17,
  authRead: 1 << 18,
  noDictionaryAttack: 1 << 25,
} as const

/** `TPM_CAP_TPM_PROPERTIES`, `TPM_PT_NV_BUFFER_MAX` */
const PROPERTIES = 6
const NV_BUFFER_MAX = 0x12c
/** Bytes read at once where the TPM does not say: every TPM takes as many. */
const CAUTIOUS_CHUNK = 512

/** Above any index of a TPM, bytes */
const MOST = 8192

export interface NvIndex {
  readonly index: number
  readonly attributes: number
  /** Bytes */
  readonly size: number
}

/** The public area of an index; null where the TPM has none of that number. `TPM2_NV_ReadPublic`. */
export async function findIndex(tpm: Tpm, index: number): Promise<NvIndex | null> {
  const command = { name: 'TPM2_NV_ReadPublic', code: 0x169, handles: [index] }
  const response = await tpm.ask(command)
  if (response.refused !== null) {
    if (response.refused.name === 'TPM_RC_HANDLE') return null
    throw refusal(command, response.refused)
  }
  return strictly(command.name, response.parameters, (reader) => {
    const size = reader.u16be()
    const start = reader.at
    if (reader.u32be() !== index) throw new TypeError('another index')
    reader.u16be()
    const attributes = reader.u32be()
    takeSized(reader, 64)
    const dataSize = reader.u16be()
    if (reader.at - start !== size) throw new TypeError('another size')
    takeSized(reader, 66)
    return { index, attributes, size: dataSize }
  })
}

/** An index that its owner may read and write and nobody guards, as `tpm2_nvdefine` makes one. `TPM2_NV_DefineSpace`. */
export async function defineIndex(tpm: Tpm, index: number, size: number): Promise<void> {
  const { ownerRead, ownerWrite, authRead, authWrite, noDictionaryAttack } = ATTRIBUTES
  const attributes = ownerRead | ownerWrite | authRead | authWrite | noDictionaryAttack
  const area = concat(u32(index), u16(SHA256), u32(attributes), sized(new Uint8Array(0)), u16(size))
  const parameters = concat(sized(new Uint8Array(0)), sized(area))
  const command = {
    name: 'TPM2_NV_DefineSpace',
    code: 0x12a,
    handles: [OWNER],
    authorization: PASSWORD,
    parameters,
  }
  const response = await tpm.ask(command)
  if (response.refused === null) strictly(command.name, response.parameters, () => undefined)
  // Another process made it in the meantime.
  else if (response.refused.name !== 'TPM_RC_NV_DEFINED') throw refusal(command, response.refused)
}

/** All of it, which what writes to it may change between two parts. `TPM2_NV_Read`. */
export async function readIndex(tpm: Tpm, { index, attributes, size }: NvIndex): Promise<Uint8Array> {
  if (size > MOST) throw new EnclaveError('tee_unavailable', 'an NV index larger than any')
  const by = authorizedBy(index, attributes, ATTRIBUTES.ownerRead, ATTRIBUTES.authRead)
  const chunk = Math.min(await largestChunk(tpm), size)
  const whole = new Uint8Array(size)
  for (let offset = 0; offset < size; offset += chunk) {
    const length = Math.min(chunk, size - offset)
    const command = {
      name: 'TPM2_NV_Read',
      code: 0x14e,
      handles: [by, index],
      authorization: PASSWORD,
      parameters: concat(u16(length), u16(offset)),
    }
    const { parameters } = await tpm.run(command)
    whole.set(
      strictly(command.name, parameters, (reader) => {
        if (reader.u16be() !== length) throw new TypeError('not as many bytes as were asked for')
        return reader.take(length)
      }),
      offset,
    )
  }
  return whole
}

/** All of it at once. `TPM2_NV_Write`. */
export async function writeIndex(tpm: Tpm, { index, attributes }: NvIndex, content: Uint8Array): Promise<void> {
  const by = authorizedBy(index, attributes, ATTRIBUTES.ownerWrite, ATTRIBUTES.authWrite)
  const command = {
    name: 'TPM2_NV_Write',
    code: 0x137,
    handles: [by, index],
    authorization: PASSWORD,
    parameters: concat(sized(content), u16(0)),
  }
  const { parameters } = await tpm.run(command)
  strictly(command.name, parameters, () => undefined)
}

/** The owner, or the index itself: whose password is empty in either case. */
function authorizedBy(index: number, attributes: number, owner: number, own: number): number {
  if ((attributes & owner) !== 0) return OWNER
  if ((attributes & own) !== 0) return index
  throw new EnclaveError('tee_unavailable', `NV index 0x${index.toString(16)} is not for its owner to use`)
}

async function largestChunk(tpm: Tpm): Promise<number> {
  const parameters = concat(u32(PROPERTIES), u32(NV_BUFFER_MAX), u32(1))
  const command = { name: 'TPM2_GetCapability', code: 0x17a, parameters }
  const { parameters: answer } = await tpm.run(command)
  return strictly(command.name, answer, (reader) => {
    reader.u8()
    if (reader.u32be() !== PROPERTIES) throw new TypeError('another capability')
    // A TPM without this property answers with the next one it has, or with none.
    const count = reader.u32be()
    if (count > 1) throw new TypeError('more than was asked for')
    const [property, value] = count === 0 ? [0, 0] : [reader.u32be(), reader.u32be()]
    if (property !== NV_BUFFER_MAX) return CAUTIOUS_CHUNK
    if (value < 1) throw new TypeError('no buffer')
    return value
  })
}
