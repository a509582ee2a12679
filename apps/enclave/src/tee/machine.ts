/** What drivers touch of the machine they run on. Tests put one in its place that behaves as the kernel documents. */
import { closeSync, openSync } from 'node:fs'
import { constants, mkdir, open, rmdir } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { deviceBuffer, type Ioctl, systemIoctl } from './ioctl.ts'
import { amazonRoots } from './nitro/kms/amazon-roots.ts'

/** Files the kernel, or Gramine, makes answers of. Errors have the `code` of the kernel's error number. */
export interface KernelFiles {
  /** The whole file, in memory of its own. What reads a secret wipes it. */
  readonly read: (path: string) => Promise<Uint8Array<ArrayBuffer>>
  /** All of `bytes` in one write, into a file that is there. */
  readonly write: (path: string, bytes: Uint8Array) => Promise<void>
  readonly makeDirectory: (path: string) => Promise<void>
  readonly removeDirectory: (path: string) => Promise<void>
}

export interface Device {
  readonly descriptor: number
  readonly ioctl: Ioctl
  readonly close: () => void
}

/** A character device that answers every request written to it with one reply, such as a TPM. */
export interface MessageDevice {
  /** One write, one read. The reply is in memory of its own, 4,096 bytes at most; what reads a secret wipes it. */
  readonly exchange: (request: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>
  readonly close: () => Promise<void>
}

export interface Machine {
  readonly files: KernelFiles
  /** Opens a character device for reading and writing. */
  readonly openDevice: (path: string) => Promise<Device>
  /** What the certificates of AWS's endpoints chain to, PEM. */
  readonly amazonRoots: () => readonly string[]
  /** Opens a device that takes no ioctl but whole messages. */
  readonly openMessageDevice: (path: string) => Promise<MessageDevice>
  /** HTTP, for the metadata service of a cloud: what answers is the host, and nothing it says is believed here. */
  readonly fetch: (address: string, request: RequestInit) => Promise<Response>
  /** Waits before a device or a service is asked again. Milliseconds. */
  readonly pause: (duration: number) => Promise<void>
}

/** No such file, device or provider, as against one that is there and does not let itself be used. */
const ABSENT: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO']

/** Whether the kernel said, at the bottom of `error`, that the thing is not there. */
export function isAbsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return ('code' in error && ABSENT.includes(error.code)) || isAbsent(error.cause)
}

/** Above any report, quote or table of certificates. */
const MOST = 262_144

/** What the kernel's TPM driver holds of a message (`TPM_BUFSIZE`). */
const MOST_MESSAGE = 4096

const files: KernelFiles = {
  async read(path) {
    const file = await open(path, constants.O_RDONLY)
    const buffer = deviceBuffer(MOST)
    try {
      let length = 0
      for (;;) {
        const { bytesRead } = await file.read(buffer, length, MOST - length)
        if (bytesRead === 0) break
        length += bytesRead
      }
      if (length === MOST) throw new RangeError('a file that is too long')
      const whole = deviceBuffer(length)
      whole.set(buffer.subarray(0, length))
      return whole
    } finally {
      buffer.fill(0)
      await file.close()
    }
  },
  async write(path, bytes) {
    // Attributes that can only be written refuse to be opened any other way, and none is ever made or cut.
    const file = await open(path, constants.O_WRONLY)
    try {
      const { bytesWritten } = await file.write(bytes)
      if (bytesWritten !== bytes.length) throw new RangeError('a write that was taken in part')
    } finally {
      // A binary attribute of configfs takes effect when it is closed, and says so then.
      await file.close()
    }
  },
  makeDirectory: async (path) => {
    await mkdir(path)
  },
  removeDirectory: rmdir,
}

export const systemMachine: Machine = {
  files,
  async openDevice(path) {
    // A bare descriptor: a FileHandle would be closed by the garbage collector while a driver holds on to its number.
    const descriptor = openSync(path, constants.O_RDWR)
    try {
      return { descriptor, ioctl: await systemIoctl(), close: () => closeSync(descriptor) }
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
  },
  amazonRoots,
  async openMessageDevice(path) {
    const file = await open(path, constants.O_RDWR)
    return {
      async exchange(request) {
        const { bytesWritten } = await file.write(request, 0, request.length, null)
        if (bytesWritten !== request.length) throw new RangeError('a request that was taken in part')
        const buffer = deviceBuffer(MOST_MESSAGE + 1)
        try {
          const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
          if (bytesRead > MOST_MESSAGE) throw new RangeError('a reply that is too long')
          const reply = deviceBuffer(bytesRead)
          reply.set(buffer.subarray(0, bytesRead))
          return reply
        } finally {
          buffer.fill(0)
        }
      },
      close: () => file.close(),
    }
  },
  fetch: (address, request) => fetch(address, request),
  async pause(duration) {
    await setTimeout(duration)
  },
}
