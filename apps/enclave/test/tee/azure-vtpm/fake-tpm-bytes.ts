/** FAKE. Codes and structures that the parts of the fake TPM have in common (TCG TPM 2.0 Library part 2). */
import { concat, type StructureReader, u16, u32 } from '@perf-aggregator/attestation/bytes'

/** Command codes (part 2, 6.5.2) */
export const CC = {
  NV_DefineSpace: 0x12a,
  CreatePrimary: 0x131,
  NV_Write: 0x137,
  NV_Read: 0x14e,
  HMAC: 0x155,
  Quote: 0x158,
  Unseal: 0x15e,
  NV_ReadPublic: 0x169,
  StartAuthSession: 0x176,
  GetCapability: 0x17a,
  PCR_Read: 0x17e,
  PolicyPCR: 0x17f,
} as const

/** Response codes (part 2, 6.6.3), with the place they name */
export const RC = {
  COMMAND_SIZE: 0x142,
  COMMAND_CODE: 0x143,
  AUTH_MISSING: 0x125,
  BAD_TAG: 0x01e,
  HANDLE: 0x18b,
  NV_RANGE: 0x146,
  NV_AUTHORIZATION: 0x149,
  NV_UNINITIALIZED: 0x14a,
  NV_DEFINED: 0x14c,
  YIELDED: 0x908,
  TESTING: 0x90a,
  RETRY: 0x922,
  VALUE_OF_PARAMETER_1: 0x1c4,
  SIZE: 0x095,
  INSUFFICIENT: 0x09a,
} as const

/** A refusal with a response code, in the middle of a command. */
export class Refused extends Error {
  readonly code: number
  constructor(code: number) {
    super(`0x${code.toString(16)}`)
    this.code = code
  }
}

export function takeSelection(reader: StructureReader): readonly number[] {
  if (reader.u32be() !== 1 || reader.u16be() !== 0x0b || reader.u8() !== 3) return refuse(RC.VALUE_OF_PARAMETER_1)
  const bitmap = reader.take(3)
  return Array.from({ length: 24 }, (_, index) => index).filter((index) => (bitmap[index >> 3]! >> (index & 7)) & 1)
}

export function selectionOf(indices: readonly number[]): Uint8Array {
  const bitmap = new Uint8Array(3)
  for (const index of indices) bitmap[index >> 3]! |= 1 << (index & 7)
  return concat(u32(1), u16(0x0b), Uint8Array.of(3), bitmap)
}

/** A response of success: tag, length, zero, and what follows. */
export function response(tag: number, body: Uint8Array): Uint8Array {
  return concat(u16(tag), u32(10 + body.length), u32(0), body)
}

export function refusal(code: number): Uint8Array {
  return concat(u16(code === RC.BAD_TAG ? 0x00c4 : 0x8001), u32(10), u32(code))
}

export function refuse(code: number): never {
  throw new Refused(code)
}
