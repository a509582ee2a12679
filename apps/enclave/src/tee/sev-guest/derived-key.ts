/**
 * A key that the AMD firmware derives for this guest (`linux/sev-guest.h`, `SNP_GET_DERIVED_KEY`; AMD 56860 section 7.2): from the chip's
 * secret, the guest's policy and its launch measurement, so that another image, or another chip, gets another key.
 */
import { EnclaveError } from '../../errors.ts'
import { deviceBuffer } from '../ioctl.ts'
import type { Device } from '../machine.ts'

/** `_IOWR('S', 0x1, struct snp_guest_request_ioctl)`, 32 bytes */
const SNP_GET_DERIVED_KEY = 0xc020_5301n

/** `msg_version`, padding, addresses of request and response, and what firmware and hypervisor say went wrong. */
const CALL = { size: 32, version: 0, request: 8, response: 16, error: 24 } as const
const MESSAGE_VERSION = 1

/** `root_key_select` 0 (VCEK), `guest_field_select`, `vmpl`, `guest_svn`, `tcb_version` */
const REQUEST = { size: 32, fields: 8 } as const

/** `MSG_KEY_RSP`: status, reserved, then the key */
const RESPONSE = { size: 64, key: 32 } as const

/** Guest policy (bit 0) and measurement (bit 3). Versions are left out: the key outlives an update of the firmware. */
const POLICY_AND_MEASUREMENT = 0b1001n

/** 32 bytes, which the caller wipes. `tee_unavailable`. */
export function derivedKey({ descriptor, ioctl }: Device): Uint8Array<ArrayBuffer> {
  const request = deviceBuffer(REQUEST.size)
  new DataView(request.buffer).setBigUint64(REQUEST.fields, POLICY_AND_MEASUREMENT, true)
  const response = deviceBuffer(RESPONSE.size)
  const argument = deviceBuffer(CALL.size)
  const fields = new DataView(argument.buffer)
  fields.setUint8(CALL.version, MESSAGE_VERSION)
  fields.setBigUint64(CALL.request, ioctl.addressOf(request), true)
  fields.setBigUint64(CALL.response, ioctl.addressOf(response), true)
  try {
    const errno = ioctl.call(descriptor, SNP_GET_DERIVED_KEY, argument)
    if (errno !== 0 || fields.getBigUint64(CALL.error, true) !== 0n) {
      throw new EnclaveError('tee_unavailable', `/dev/sev-guest: no derived key, error ${errno}`)
    }
    if (new DataView(response.buffer).getUint32(0, true) !== 0) {
      throw new EnclaveError('tee_unavailable', '/dev/sev-guest: the firmware derived no key')
    }
    const key = deviceBuffer(RESPONSE.size - RESPONSE.key)
    key.set(response.subarray(RESPONSE.key))
    return key
  } finally {
    // Named here, neither is collected while the kernel still has its address.
    request.fill(0)
    response.fill(0)
  }
}
