/** What a TPM answers in place of a result (TCG TPM 2.0 Library part 2, 6.6 "TPM_RC"), by name. */

/** Errors without a place, `RC_VER1`. */
const ERRORS: Readonly<Record<number, string>> = {
  0x000: 'TPM_RC_INITIALIZE',
  0x001: 'TPM_RC_FAILURE',
  0x020: 'TPM_RC_DISABLED',
  0x025: 'TPM_RC_AUTH_MISSING',
  0x026: 'TPM_RC_POLICY',
  0x028: 'TPM_RC_PCR_CHANGED',
  0x02f: 'TPM_RC_AUTH_UNAVAILABLE',
  0x030: 'TPM_RC_REBOOT',
  0x042: 'TPM_RC_COMMAND_SIZE',
  0x043: 'TPM_RC_COMMAND_CODE',
  0x044: 'TPM_RC_AUTHSIZE',
  0x045: 'TPM_RC_AUTH_CONTEXT',
  0x046: 'TPM_RC_NV_RANGE',
  0x047: 'TPM_RC_NV_SIZE',
  0x048: 'TPM_RC_NV_LOCKED',
  0x049: 'TPM_RC_NV_AUTHORIZATION',
  0x04a: 'TPM_RC_NV_UNINITIALIZED',
  0x04b: 'TPM_RC_NV_SPACE',
  0x04c: 'TPM_RC_NV_DEFINED',
  0x053: 'TPM_RC_NEEDS_TEST',
}

/** Warnings, `RC_WARN`: the TPM could do it at another time. */
const WARNINGS: Readonly<Record<number, string>> = {
  0x002: 'TPM_RC_OBJECT_MEMORY',
  0x003: 'TPM_RC_SESSION_MEMORY',
  0x004: 'TPM_RC_MEMORY',
  0x005: 'TPM_RC_SESSION_HANDLES',
  0x006: 'TPM_RC_OBJECT_HANDLES',
  0x007: 'TPM_RC_LOCALITY',
  0x008: 'TPM_RC_YIELDED',
  0x009: 'TPM_RC_CANCELED',
  0x00a: 'TPM_RC_TESTING',
  0x020: 'TPM_RC_NV_RATE',
  0x021: 'TPM_RC_LOCKOUT',
  0x022: 'TPM_RC_RETRY',
  0x023: 'TPM_RC_NV_UNAVAILABLE',
}

/** Errors of one handle, parameter or session, `RC_FMT1`. */
const PLACED: Readonly<Record<number, string>> = {
  0x01: 'TPM_RC_ASYMMETRIC',
  0x02: 'TPM_RC_ATTRIBUTES',
  0x03: 'TPM_RC_HASH',
  0x04: 'TPM_RC_VALUE',
  0x05: 'TPM_RC_HIERARCHY',
  0x07: 'TPM_RC_KEY_SIZE',
  0x0a: 'TPM_RC_TYPE',
  0x0b: 'TPM_RC_HANDLE',
  0x0e: 'TPM_RC_AUTH_FAIL',
  0x0f: 'TPM_RC_NONCE',
  0x12: 'TPM_RC_SCHEME',
  0x15: 'TPM_RC_SIZE',
  0x17: 'TPM_RC_TAG',
  0x18: 'TPM_RC_SELECTOR',
  0x1a: 'TPM_RC_INSUFFICIENT',
  0x1c: 'TPM_RC_KEY',
  0x1d: 'TPM_RC_POLICY_FAIL',
  0x1f: 'TPM_RC_INTEGRITY',
  0x21: 'TPM_RC_RESERVED_BITS',
  0x22: 'TPM_RC_BAD_AUTH',
  0x23: 'TPM_RC_EXPIRED',
}

/** Bits of a response code (part 2, 6.6.2); those above name the layer that answered, the kernel's resource manager for one. */
const FORMAT_ONE = 0x080
const PARAMETER = 0x040
const VERSION_ONE = 0x100
const VENDOR = 0x400
const WARNING = 0x800
const OF_TPM_1_2: Readonly<Record<number, string>> = { 0x1e: 'TPM_RC_BAD_TAG' }

/** Answers after which the same command may be sent again. */
const AGAIN: ReadonlySet<string> = new Set(['TPM_RC_RETRY', 'TPM_RC_YIELDED', 'TPM_RC_TESTING', 'TPM_RC_NV_RATE'])

export interface ResponseCode {
  /** As the specification spells it, or the number in hexadecimal where it names none */
  readonly name: string
  /** Which handle, parameter or session it is about, as ` (handle 1)`; else empty. */
  readonly place: string
  /** Whether the same command may be sent again. */
  readonly isTransient: boolean
}

/** @param code not 0, which is success */
export function readResponseCode(code: number): ResponseCode {
  const name = nameOf(code) ?? `0x${code.toString(16)}`
  return { name, place: placeOf(code), isTransient: AGAIN.has(name) }
}

function nameOf(code: number): string | undefined {
  if ((code & FORMAT_ONE) !== 0) return PLACED[code & 0x3f]
  if ((code & VERSION_ONE) === 0) return OF_TPM_1_2[code & 0xfff]
  if ((code & VENDOR) !== 0) return undefined
  return ((code & WARNING) === 0 ? ERRORS : WARNINGS)[code & 0x7f]
}

function placeOf(code: number): string {
  const number = (code >> 8) & 0xf
  if ((code & FORMAT_ONE) === 0 || number === 0) return ''
  if ((code & PARAMETER) !== 0) return ` (parameter ${number})`
  // The highest bit of the number tells sessions from handles.
  return number < 8 ? ` (handle ${number})` : ` (session ${number - 8})`
}
