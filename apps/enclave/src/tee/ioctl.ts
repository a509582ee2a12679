/** `ioctl(2)` on a device, and the addresses of buffers that its structures point at. */
export interface Ioctl {
  /** Zero, or the error number the kernel answers with. Writes to `argument` what the device answers. */
  readonly call: (descriptor: number, request: bigint, argument: Uint8Array<ArrayBuffer>) => number
  /** Where the bytes lie; valid for as long as the caller holds on to the buffer, which it shows by using it after the call. */
  readonly addressOf: (buffer: Uint8Array<ArrayBuffer>) => bigint
}

/** From the C library of this process, through `node:ffi`, which is experimental. Rejects where there is none. */
export async function systemIoctl(): Promise<Ioctl> {
  const { dlopen, getInt32, getRawPointer } = await import('node:ffi')
  const { functions } = dlopen(null, {
    ioctl: { arguments: ['i32', 'u64', 'pointer'], return: 'i32' },
    __errno_location: { arguments: [], return: 'pointer' },
  })
  // One address for the life of a thread.
  const errno = functions.__errno_location()
  return {
    call: (descriptor, request, argument) =>
      functions.ioctl(descriptor, request, getRawPointer(argument)) === -1 ? getInt32(errno) : 0,
    addressOf: getRawPointer,
  }
}

/** Zeros in memory of their own outside the JavaScript heap, which nothing moves while a device writes to it. */
export function deviceBuffer(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length))
}
