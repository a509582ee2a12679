import { EnclaveError } from '../../errors.ts'
import type { Machine, MessageDevice } from '../machine.ts'
import { type Command, encodeCommand, type Response, readResponse } from './message.ts'
import type { ResponseCode } from './response-code.ts'

/** The kernel's resource manager: handles of one descriptor are not seen by another, and are flushed when it is closed. */
const DEVICE = '/dev/tpmrm0'

/** A TPM that is busy says so at once; ten pauses that grow to half a second are more than two seconds. */
const ATTEMPTS = 10
const PAUSE = 50

/** What of a machine a conversation with its TPM needs. */
export type TpmMachine = Pick<Machine, 'openMessageDevice' | 'pause'>

/**
 * One conversation with the TPM of this machine. What it says is believed only as far as the TPM is: of a confidential VM on Azure it
 * is Microsoft's paravisor, inside the TEE; a verifier finds out whether it is.
 */
export class Tpm {
  readonly #device: MessageDevice
  readonly #pause: Machine['pause']

  private constructor(device: MessageDevice, pause: Machine['pause']) {
    this.#device = device
    this.#pause = pause
  }

  /** Opens the TPM for as long as `use` runs. Rejects `tee_unavailable`. */
  static async use<Result>(machine: TpmMachine, use: (tpm: Tpm) => Promise<Result>): Promise<Result> {
    let device: MessageDevice
    try {
      device = await machine.openMessageDevice(DEVICE)
    } catch (cause) {
      throw new EnclaveError('tee_unavailable', `${DEVICE} cannot be opened`, { cause })
    }
    try {
      return await use(new Tpm(device, machine.pause))
    } finally {
      await device.close()
    }
  }

  /** The answer; `tee_unavailable` for a refusal, which is named, or an answer that is malformed. */
  async run(command: Command): Promise<Exclude<Response, { readonly refused: object }>> {
    const response = await this.ask(command)
    if (response.refused === null) return response
    throw refusal(command, response.refused)
  }

  /** As {@link run}, with a refusal as an answer. One that asks to be asked again is, so many times. */
  async ask(command: Command): Promise<Response> {
    const request = encodeCommand(command)
    for (let attempt = 1; ; attempt++) {
      const response = readResponse(await this.#exchange(request), command)
      if (!response.refused?.isTransient || attempt === ATTEMPTS) return response
      await this.#pause(PAUSE * attempt)
    }
  }

  async #exchange(request: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.#device.exchange(request)
    } catch (cause) {
      throw new EnclaveError('tee_unavailable', `${DEVICE} does not answer`, { cause })
    }
  }
}

export function refusal(command: Command, { name, place }: ResponseCode): EnclaveError {
  return new EnclaveError('tee_unavailable', `the TPM refused ${command.name}: ${name}${place}`)
}

/** `TPM_RH_OWNER`: the hierarchy of whoever uses the machine. Azure leaves its password empty. */
export const OWNER = 0x4000_0001

/** `TPM_ALG_SHA256` */
export const SHA256 = 0x000b
