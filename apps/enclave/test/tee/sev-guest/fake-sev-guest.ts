/** FAKE. `SNP_GET_DERIVED_KEY` of `linux/sev-guest.h`: keys by hashing, of a chip and an image that do not exist. */
import { createHash } from 'node:crypto'
import { ERRNO, type FakeDevice } from '../fake-kernel.ts'

export interface FakeSevGuestOptions {
  /** The launch measurement */
  readonly image?: string
  readonly errno?: number
  /** What the firmware, or the hypervisor, says went wrong. */
  readonly error?: bigint
  readonly status?: number
  readonly isZero?: boolean
}

export function fakeSevGuest({
  image = 'image',
  errno = 0,
  error = 0n,
  status = 0,
  isZero = false,
}: FakeSevGuestOptions = {}): FakeDevice {
  return (request, call, memoryAt) => {
    if (request !== 0xc020_5301n) return ERRNO.ENOTTY
    if (errno !== 0) return errno
    if (call.getUint8(0) !== 1) return ERRNO.EINVAL
    const asked = memoryAt(call.getBigUint64(8, true), 32)
    const view = new DataView(asked.buffer, asked.byteOffset, 32)
    const answer = memoryAt(call.getBigUint64(16, true), 64)
    call.setBigUint64(24, error, true)
    new DataView(answer.buffer, answer.byteOffset, 64).setUint32(0, status, true)
    const fields = view.getBigUint64(8, true)
    const mixed = (fields & 8n) === 0n ? '' : image
    if (!isZero)
      answer.set(
        createHash('sha256')
          .update(`${view.getUint32(0, true)} ${fields} ${mixed}`)
          .digest(),
        32,
      )
    return 0
  }
}
