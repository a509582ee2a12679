/** The paravisor's claims about the VM: the public half of the vTPM's attestation key, and how the VM is set up. */
import { decodeBase64Url, decodeHex } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'
import { readJson } from '../json/read.ts'
import { rsaSpki } from './rsa-spki.ts'

const ATTESTATION_KEY = 'HCLAkPub'
const USER_DATA_SIZE = 64

export interface RuntimeClaims {
  /** SubjectPublicKeyInfo of the attestation key, DER */
  readonly attestationKey: Uint8Array
  readonly vmUniqueId: string | null
  readonly secureBoot: boolean | null
  /** What the guest wrote into NV index 0x01400002 before the report was made, 64 bytes; null where there is none. */
  readonly userData: Uint8Array | null
}

/**
 * Reads the claims, whose hash the hardware vouches for: members that are not known are the paravisor's business. One
 * that stands twice is refused: the keys of one reader would not be those of another.
 * `field_malformed`.
 */
export function readRuntimeClaims(json: Uint8Array): RuntimeClaims {
  try {
    const claims = members(readJson(json))
    const configuration = claims.get('vm-configuration')
    const vm = configuration === undefined ? new Map<string, unknown>() : members(configuration)
    const [id, secureBoot, userData] = [vm.get('vmUniqueId'), vm.get('secure-boot'), claims.get('user-data')]
    return {
      attestationKey: readAttestationKey(claims.get('keys')),
      vmUniqueId: typeof id === 'string' && /^[0-9A-Fa-f-]{1,64}$/.test(id) ? id : null,
      secureBoot: typeof secureBoot === 'boolean' ? secureBoot : null,
      userData: userData === undefined ? null : readUserData(userData),
    }
  } catch (cause) {
    throw new AttestationError('field_malformed', 'not the claims of a paravisor', { cause })
  }
}

function readAttestationKey(keys: unknown): Uint8Array {
  const named = Array.isArray(keys) ? keys.map(members).filter((one) => one.get('kid') === ATTESTATION_KEY) : []
  const [key, ...others] = named
  const [modulus, exponent, uses] = [key?.get('n'), key?.get('e'), key?.get('key_ops')]
  const isSigning = Array.isArray(uses) && uses.length === 1 && uses[0] === 'sign'
  if (others.length > 0 || key?.get('kty') !== 'RSA' || !isSigning) throw new TypeError('no attestation key')
  if (typeof modulus !== 'string' || typeof exponent !== 'string') throw new TypeError('no RSA key')
  return rsaSpki(decodeBase64Url(modulus), decodeBase64Url(exponent))
}

/** The paravisor writes upper-case hexadecimal. */
function readUserData(value: unknown): Uint8Array {
  const bytes = decodeHex(typeof value === 'string' ? value.toLowerCase() : '?')
  if (bytes.length !== USER_DATA_SIZE) throw new TypeError('user data of another size')
  return bytes
}

function members(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object')
  return new Map<string, unknown>(Object.entries(value))
}
