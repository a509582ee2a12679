import type { Skip, VerifiedEnclave } from '@perf-aggregator/attestation'
import { encodeBase64Url } from '@perf-aggregator/protocol'
import { localError } from '../errors.ts'
import { type ClientClock, systemClock } from './clock.ts'
import { EnclaveHttp } from './http.ts'
import { type EnclaveTrust, type HardwareTrust, trustedAppraisers, trustedMeasurements } from './trust.ts'
import { verifyAttestation } from './verify-attestation.ts'

export interface ConnectionOptions {
  /** Address of the enclave or of a gateway to it. */
  readonly enclaveUrl: string
  /** Accept a simulator. For development: nothing protects what is sent to one. */
  readonly allowSimulator?: boolean
  /**
   * Releases accepted, lower-case hexadecimal, or why any will do. May be left out with `allowSimulator` only: there is no
   * default a real enclave could be held against.
   */
  readonly measurements?: readonly string[] | Skip
  readonly simulatorRoot?: Uint8Array
  /** What is asked of hardware; with `releases` in it, `measurements` may be left out. */
  readonly hardware?: HardwareTrust
  readonly fetch?: typeof fetch
  readonly clock?: ClientClock
}

/** How long a verified enclave is believed before its evidence is asked for anew, milliseconds. */
const ATTESTATION_LIFETIME = 15 * 60_000

/** One way to one enclave. Owns the newest verified evidence; nothing is sent over it before there is some. */
export class EnclaveConnection {
  readonly http: EnclaveHttp
  readonly clock: ClientClock
  readonly trust: EnclaveTrust
  #enclave: VerifiedEnclave | null = null

  constructor(options: ConnectionOptions) {
    this.clock = options.clock ?? systemClock
    this.http = new EnclaveHttp({
      baseUrl: options.enclaveUrl,
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      clock: this.clock,
    })
    this.trust = trustOf(options)
  }

  /** Asks for evidence over a fresh nonce and verifies it. Rejects with `attestation_refused`. */
  async attest(signal?: AbortSignal): Promise<VerifiedEnclave> {
    this.#enclave = null
    const nonce = crypto.getRandomValues(new Uint8Array(32))
    const quote = await this.http.json({
      method: 'GET',
      path: '/attestation/quote',
      query: { nonce: encodeBase64Url(nonce) },
      idempotent: true,
      signal,
    })
    const now = Math.floor(this.clock.now() / 1000)
    this.#enclave = await verifyAttestation(quote, { ...this.trust, nonce, now })
    return this.#enclave
  }

  /** The enclave as last verified, verified again when that was long ago or its keys have retired. */
  async verified(signal?: AbortSignal): Promise<VerifiedEnclave> {
    const enclave = this.#enclave
    if (enclave === null) return this.attest(signal)
    const now = this.clock.now()
    const age = now - enclave.verifiedAt * 1000
    return age < ATTESTATION_LIFETIME && now < enclave.binding.notAfter * 1000 ? enclave : this.attest(signal)
  }
}

function trustOf(options: ConnectionOptions): EnclaveTrust {
  const allowSimulator = options.allowSimulator ?? false
  const { hardware } = options
  const measurements = options.measurements ?? (hardware?.releases && Object.keys(hardware.releases))
  if (measurements === undefined && !allowSimulator) {
    throw localError('invalid_options', 'say which measurements of the enclave are accepted')
  }
  const trust = {
    allowSimulator,
    measurements: measurements ?? { skip: 'a simulator of any release, in development' },
    ...(options.simulatorRoot === undefined ? {} : { simulatorRoot: options.simulatorRoot }),
    ...(hardware === undefined ? {} : { hardware }),
  }
  // Refused here, before anything is asked for, and not only when there is evidence to judge.
  trustedAppraisers(trust)
  trustedMeasurements(trust)
  return trust
}
