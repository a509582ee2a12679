/**
 * One exchange with `/dev/nsm`, as `linux/nsm.h` has it: `ioctl(NSM_IOCTL_RAW, struct nsm_raw { request: iovec; response: iovec })`.
 * Requests and replies are CBOR (`nsm.ts`).
 */
import { EnclaveError } from '../../errors.ts'
import { deviceBuffer, type Ioctl } from '../ioctl.ts'

/** Sends a request and returns the reply. Throws `tee_unavailable`. */
export type NsmExchange = (request: Uint8Array) => Uint8Array

/** `_IOWR(0x0A, 0, struct nsm_raw)`, 32 bytes */
const NSM_IOCTL_RAW = 0xc020_0a00n

const RAW_SIZE = 32
const MOST_REQUEST = 0x1000
const MOST_RESPONSE = 0x3000

/** @param descriptor `/dev/nsm`, open for reading and writing */
export function nsmExchange(descriptor: number, { call, addressOf }: Ioctl): NsmExchange {
  return (request) => {
    if (request.length > MOST_REQUEST) throw failed('the request is longer than the NSM takes')
    const sent = deviceBuffer(request.length)
    sent.set(request)
    const response = deviceBuffer(MOST_RESPONSE)
    const raw = deviceBuffer(RAW_SIZE)
    const fields = new DataView(raw.buffer)
    fields.setBigUint64(0, addressOf(sent), true)
    fields.setBigUint64(8, BigInt(sent.length), true)
    fields.setBigUint64(16, addressOf(response), true)
    fields.setBigUint64(24, BigInt(response.length), true)
    const errno = call(descriptor, NSM_IOCTL_RAW, raw)
    // Named here, the request is not collected while the kernel still has its address.
    sent.fill(0)
    if (errno !== 0) throw failed(`the kernel answered with error ${errno}`)
    const length = fields.getBigUint64(24, true)
    if (length > BigInt(MOST_RESPONSE)) throw failed('the reply is longer than its buffer')
    return response.slice(0, Number(length))
  }
}

function failed(what: string): EnclaveError {
  return new EnclaveError('tee_unavailable', `/dev/nsm: ${what}`)
}
