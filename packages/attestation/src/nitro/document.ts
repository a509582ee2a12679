/**
 * The attestation document of the Nitro Secure Module: what it says, nothing believed yet. Layout and limits: AWS,
 * aws-nitro-enclaves-nsm-api, `docs/attestation_process.md` sections 2.2 and 3.2.
 */
import { type CborMap, type CborValue, isCborArray, isCborMap, readCbor } from '../cbor/index.ts'
import { AttestationError } from '../errors.ts'
import { type CoseSign1, readCoseSign1 } from './cose.ts'
import type { NitroRegister } from './policy.ts'

export interface NitroDocument {
  readonly cose: CoseSign1
  /** `i-<instance>-enc<enclave>` */
  readonly moduleId: string
  /** The part of {@link moduleId} that names the EC2 instance: `i-<instance>` */
  readonly instanceId: string
  /** Milliseconds since 1970, by the clock of the Nitro hypervisor */
  readonly timestamp: number
  /** Every PCR the document names, those that are zero included; 48 bytes each */
  readonly registers: ReadonlyMap<NitroRegister, Uint8Array>
  /** DER, leaf first, root last */
  readonly chain: readonly Uint8Array[]
  /** Null where the document has none, or an empty one. */
  readonly publicKey: Uint8Array | null
  readonly userData: Uint8Array | null
  readonly nonce: Uint8Array | null
}

/** Genuine documents have 4,400 to 4,700 bytes; their variable parts could make them 16,000. */
const MOST = 16_384

const REQUIRED = ['module_id', 'digest', 'timestamp', 'pcrs', 'certificate', 'cabundle'] as const
const OPTIONAL = ['public_key', 'user_data', 'nonce'] as const
const KEYS: readonly (string | number)[] = [...REQUIRED, ...OPTIONAL]

const DIGEST = 'SHA384'
const PCR_SIZE = 48
const MOST_PCRS = 32
/** Without these it cannot be told whether the enclave is in debug mode. */
const NEEDED_PCRS = ['PCR0', 'PCR1', 'PCR2'] as const

const MOST_CERTIFICATE = 1024
/** An archive's document may have one more or one fewer CA; the chain's own length is judged with the chain. */
const MOST_CERTIFICATES = 8
/** The CDDL's limit of all three; the prose beside it gives 512 for two of them. */
const MOST_OPTIONAL = 1024

const MODULE_ID = /^(i-[0-9a-f]{8,17})-enc[0-9a-f]{1,32}$/

/** Reads one document, tagged or not, nothing after it. `cbor_malformed`, `structure_malformed`. */
export function readNitroDocument(bytes: Uint8Array): NitroDocument {
  const cose = readCoseSign1(bytes, MOST)
  const map = readCbor(cose.payload, { most: MOST, indefiniteMaps: true })
  if (!isCborMap(map)) throw malformed('a payload that is no map')
  // A field that is not known here could give the others another meaning.
  if (![...map.keys()].every((key) => KEYS.includes(key))) throw malformed('a field that is not known')
  if (map.get('digest') !== DIGEST) throw malformed('another digest than SHA384')
  const moduleId = map.get('module_id')
  const instanceId = typeof moduleId === 'string' ? MODULE_ID.exec(moduleId)?.[1] : undefined
  if (typeof moduleId !== 'string' || instanceId === undefined) throw malformed('a module id of another form')
  const timestamp = map.get('timestamp')
  if (typeof timestamp !== 'number' || timestamp <= 0) throw malformed('a timestamp that is no time')
  return {
    cose,
    moduleId,
    instanceId,
    timestamp,
    registers: readRegisters(map.get('pcrs')),
    chain: readChain(map.get('certificate'), map.get('cabundle')),
    publicKey: optional(map, 'public_key'),
    userData: optional(map, 'user_data'),
    nonce: optional(map, 'nonce'),
  }
}

function readRegisters(pcrs: CborValue | undefined): ReadonlyMap<NitroRegister, Uint8Array> {
  if (!isCborMap(pcrs)) throw malformed('PCRs that are no map')
  const registers = new Map<NitroRegister, Uint8Array>()
  for (const [index, value] of pcrs) {
    if (typeof index !== 'number' || index < 0 || index >= MOST_PCRS) throw malformed('a PCR with another number')
    if (!(value instanceof Uint8Array) || value.length !== PCR_SIZE) throw malformed('a PCR of another size')
    registers.set(`PCR${index}`, value)
  }
  if (NEEDED_PCRS.some((name) => !registers.has(name))) throw malformed('PCR0, PCR1 or PCR2 is missing')
  return registers
}

/** The document has its leaf beside the CAs, and those with the root first. */
function readChain(certificate: CborValue | undefined, bundle: CborValue | undefined): readonly Uint8Array[] {
  if (certificate === undefined || !isCborArray(bundle)) throw malformed('no certificates')
  const chain = [certificate, ...bundle.toReversed()]
  if (chain.length > MOST_CERTIFICATES) throw malformed('too many certificates')
  return chain.map((one) => {
    if (!(one instanceof Uint8Array) || one.length === 0 || one.length > MOST_CERTIFICATE) {
      throw malformed('a certificate of another size')
    }
    return one
  })
}

/** Left out, null and empty are the same: nothing. */
function optional(map: CborMap, key: (typeof OPTIONAL)[number]): Uint8Array | null {
  const value = map.get(key) ?? null
  if (value === null) return null
  if (!(value instanceof Uint8Array) || value.length > MOST_OPTIONAL) throw malformed('a field of another size')
  return value.length === 0 ? null : value
}

function malformed(what: string): AttestationError {
  return new AttestationError('structure_malformed', `Nitro attestation document: ${what}`)
}
