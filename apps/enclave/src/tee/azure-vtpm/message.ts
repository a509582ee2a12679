/** Commands and responses of a TPM as bytes (TCG TPM 2.0 Library part 1, 18 "Command/Response Structure"). Big-endian. */
import { type Bytes, concat, StructureReader, u16, u32 } from '@perf-aggregator/attestation/bytes'
import { EnclaveError } from '../../errors.ts'
import { type ResponseCode, readResponseCode } from './response-code.ts'

/** `TPM_ST_NO_SESSIONS`, `TPM_ST_SESSIONS`, and what a TPM answers with to a tag it does not know, `TPM_ST_RSP_COMMAND` */
const NO_SESSIONS = 0x8001
const SESSIONS = 0x8002
const OF_BAD_TAG = 0x00c4

const HEADER = 10

/** `TPM_RS_PW`: authorization by a password, here the empty one. */
export const PASSWORD = 0x4000_0009

/** Largest nonce and HMAC of a session, bytes */
const MOST_DIGEST = 64

export interface Command {
  /** As part 3 of the specification calls it */
  readonly name: string
  /** `TPM_CC` (part 2, 6.5.2) */
  readonly code: number
  /** In the command's order */
  readonly handles?: readonly number[]
  /** What authorizes the use of the first handle, {@link PASSWORD} or a policy session; left out: nothing needs to. */
  readonly authorization?: number
  readonly parameters?: Uint8Array
  /** Whether the response begins with a handle. */
  readonly answersHandle?: boolean
}

export type Response =
  | { readonly refused: ResponseCode }
  | {
      readonly refused: null
      /** 0 where the command answers none */
      readonly handle: number
      /** A view on the response */
      readonly parameters: Uint8Array
    }

export function encodeCommand({ code, handles = [], authorization, parameters = new Uint8Array(0) }: Command): Bytes {
  const area = authorization === undefined ? new Uint8Array(0) : authorizationArea(authorization)
  const body = concat(...handles.map(u32), area, parameters)
  return concat(u16(area.length === 0 ? NO_SESSIONS : SESSIONS), u32(HEADER + body.length), u32(code), body)
}

/** `TPMS_AUTH_COMMAND`: no nonce and no HMAC. Without `continueSession` a policy session ends with the command it was for. */
function authorizationArea(session: number): Bytes {
  const one = concat(u32(session), sized(new Uint8Array(0)), Uint8Array.of(0), sized(new Uint8Array(0)))
  return concat(u32(one.length), one)
}

/** Strict: the tag that fits the command, the exact length, nothing left over. Throws `tee_unavailable`. */
export function readResponse(bytes: Uint8Array, command: Command): Response {
  return strictly(command.name, bytes, (reader) => {
    const [tag, size, code] = [reader.u16be(), reader.u32be(), reader.u32be()]
    if (size !== bytes.length) throw new TypeError('another length than it says')
    if (code !== 0) {
      if (tag !== NO_SESSIONS && tag !== OF_BAD_TAG) throw new TypeError('a refusal with sessions')
      return { refused: readResponseCode(code) }
    }
    const hasSession = command.authorization !== undefined
    if (tag !== (hasSession ? SESSIONS : NO_SESSIONS)) throw new TypeError('another tag')
    const handle = command.answersHandle === true ? reader.u32be() : 0
    const parameters = reader.take(hasSession ? reader.u32be() : reader.left)
    if (hasSession) {
      // `TPMS_AUTH_RESPONSE`: nothing in it to check without a key of the session's.
      takeSized(reader, MOST_DIGEST)
      reader.u8()
      takeSized(reader, MOST_DIGEST)
    }
    return { refused: null, handle, parameters }
  })
}

/** Reads all of `bytes` with `read`; whatever is wrong with them is `tee_unavailable`. */
export function strictly<Value>(command: string, bytes: Uint8Array, read: (reader: StructureReader) => Value): Value {
  try {
    const reader = new StructureReader(bytes)
    const value = read(reader)
    reader.end()
    return value
  } catch (cause) {
    throw new EnclaveError('tee_unavailable', `the TPM answered ${command} with something malformed`, { cause })
  }
}

/** A `TPM2B`: its length in 16 bits, then it. */
export function sized(content: Uint8Array): Bytes {
  return concat(u16(content.length), content)
}

/** The content of a `TPM2B` of at most `most` bytes. */
export function takeSized(reader: StructureReader, most: number): Uint8Array {
  const length = reader.u16be()
  if (length > most) throw new TypeError('longer than it may be')
  return reader.take(length)
}
