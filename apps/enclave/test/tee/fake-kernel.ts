/** FAKES. Machines without a TEE that answer as the kernel and Gramine document for one; tests say what goes wrong on them. */
import type { Ioctl } from '../../src/tee/ioctl.ts'
import type { KernelFiles, Machine } from '../../src/tee/machine.ts'

/** As Node reports an error number of the kernel. */
export function kernelError(code: string): Error {
  return Object.assign(new Error(`${code}: fake`), { code })
}

export const ERRNO = { EINVAL: 22, ENOTTY: 25, EMSGSIZE: 90, EIO: 5 } as const

/** A machine on which nothing is. */
export const NO_FILES: KernelFiles = {
  read: () => Promise.reject(kernelError('ENOENT')),
  write: () => Promise.reject(kernelError('ENOENT')),
  makeDirectory: () => Promise.reject(kernelError('ENOENT')),
  removeDirectory: () => Promise.reject(kernelError('ENOENT')),
}

/** What a device does with the structure it was given, and with the memory that points at; zero or an error number. */
export type FakeDevice = (
  request: bigint,
  argument: DataView<ArrayBuffer>,
  memoryAt: (address: bigint, length: number) => Uint8Array,
) => number

/** Opens a device: what it then answers to each message. Throws what the kernel would. */
export type FakeMessageDevice = () => (request: Uint8Array) => Uint8Array

export interface FakeMachine extends Machine {
  /** Devices that were opened and not closed. */
  readonly open: ReadonlySet<number>
  /** Milliseconds that were waited for, none of which passed. */
  readonly pauses: readonly number[]
}

export function fakeMachine({
  files = NO_FILES,
  devices = {},
  amazonRoots = [],
  messageDevices = {},
  fetch = () => Promise.reject(new TypeError('fetch failed: fake')),
}: {
  readonly files?: KernelFiles
  readonly devices?: Readonly<Record<string, FakeDevice>>
  readonly messageDevices?: Readonly<Record<string, FakeMessageDevice>>
  readonly fetch?: Machine['fetch']
  readonly amazonRoots?: readonly string[]
} = {}): FakeMachine {
  const open = new Set<number>()
  const pauses: number[] = []
  let next = 10
  return {
    files,
    open,
    amazonRoots: () => amazonRoots,
    pauses,
    fetch,
    pause: async (duration) => void pauses.push(duration),
    openMessageDevice: async (path) => {
      const device = messageDevices[path]
      if (!device) throw kernelError('ENOENT')
      const descriptor = next++
      open.add(descriptor)
      const answer = device()
      return {
        exchange: async (request) => {
          if (!open.has(descriptor)) throw kernelError('EBADF')
          return new Uint8Array(answer(request))
        },
        close: async () => void open.delete(descriptor),
      }
    },
    openDevice: async (path) => {
      const device = devices[path]
      if (!device) throw kernelError('ENOENT')
      const descriptor = next++
      open.add(descriptor)
      return { descriptor, ioctl: fakeIoctl(device), close: () => open.delete(descriptor) }
    },
  }
}

/** Addresses stand for the buffers they were asked for; any other faults as on a real machine. */
export function fakeIoctl(device: FakeDevice): Ioctl {
  const buffers = new Map<bigint, Uint8Array<ArrayBuffer>>()
  return {
    addressOf(buffer) {
      const address = 0x7f00_0000_0000n + BigInt(buffers.size) * 0x10_0000n
      buffers.set(address, buffer)
      return address
    },
    call: (_descriptor, request, argument) =>
      device(request, new DataView(argument.buffer, argument.byteOffset, argument.byteLength), (address, length) => {
        const buffer = buffers.get(address)
        if (!buffer || buffer.length < length) throw new RangeError('memory that is not there')
        return buffer.subarray(0, length)
      }),
  }
}
