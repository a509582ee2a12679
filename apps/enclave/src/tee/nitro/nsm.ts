/** What the Nitro Secure Module can be asked (aws-nitro-enclaves-nsm-api, `src/api/mod.rs`), as far as this enclave asks it. */
import { type CborValue, isCborMap, readCbor, writeCbor } from '@perf-aggregator/attestation/cbor'
import { EnclaveError } from '../../errors.ts'
import type { NsmExchange } from './device.ts'

/** What the module answers instead of a result. */
const ERRORS: readonly string[] = [
  'InvalidArgument',
  'InvalidIndex',
  'InvalidResponse',
  'ReadOnlyIndex',
  'InvalidOperation',
  'BufferTooSmall',
  'InputTooLarge',
  'InternalError',
]

export class Nsm {
  readonly #exchange: NsmExchange

  constructor(exchange: NsmExchange) {
    this.#exchange = exchange
  }

  /** The 48 bytes of one PCR, 0 to 31. */
  describePcr(index: number): Uint8Array {
    return this.#ask('DescribePCR', new Map([['index', index]]), 'data')
  }

  /** Randomness of the hypervisor, 1 to 256 bytes. */
  random(): Uint8Array {
    return this.#ask('GetRandom', null, 'random')
  }

  /**
   * A signed attestation document, COSE_Sign1.
   *
   * @param publicKey SPKI, for whoever answers this document encrypted
   */
  attest(userData: Uint8Array | null, publicKey: Uint8Array | null = null): Uint8Array {
    const fields = new Map([
      ['user_data', userData],
      ['nonce', null],
      ['public_key', publicKey],
    ])
    return this.#ask('Attestation', fields, 'document')
  }

  /** A request without parts is its name alone; a reply is a map from the same name to a map. */
  #ask(name: string, parts: ReadonlyMap<string, CborValue> | null, wanted: string): Uint8Array {
    const reply = read(this.#exchange(writeCbor(parts === null ? name : new Map([[name, parts]]))))
    const answer = isCborMap(reply) ? reply.get(name) : undefined
    const bytes = isCborMap(answer) ? answer.get(wanted) : undefined
    if (bytes instanceof Uint8Array && bytes.length > 0) return bytes
    const error = isCborMap(reply) ? reply.get('Error') : undefined
    const isKnown = typeof error === 'string' && ERRORS.includes(error)
    throw new EnclaveError(
      'tee_unavailable',
      isKnown ? `the NSM refused ${name}: ${error}` : `the NSM gave no answer to ${name}`,
    )
  }
}

function read(reply: Uint8Array): CborValue {
  try {
    return readCbor(reply, { indefiniteMaps: true })
  } catch (cause) {
    throw new EnclaveError('tee_unavailable', 'the NSM answered with something that is not CBOR', { cause })
  }
}
