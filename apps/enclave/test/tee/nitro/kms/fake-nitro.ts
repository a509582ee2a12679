/** FAKE. A Nitro machine: its NSM, the kernel's pool of randomness, and the roots that stand for Amazon's in a test of TLS. */
import { tlsServer } from '@perf-aggregator/testkit/vendor-pki'
import { type FakeMachine, fakeMachine } from '../../fake-kernel.ts'
import { type FakeNsmOptions, fakeNsm } from '../fake-nsm.ts'
import { KEY } from './fake-kms-server.ts'

export interface FakeNitro {
  readonly machine: FakeMachine
  /** Roots of every document made so far, SHA-256. */
  readonly roots: () => readonly string[]
}

export interface FakeNitroOptions extends FakeNsmOptions {
  readonly amazonRoots?: readonly string[]
  /** Told the roots of each document when it is made. */
  readonly made?: (roots: readonly string[]) => void
}

export function fakeNitro({
  amazonRoots = [tlsServer(KEY.host).root],
  made = () => {},
  ...options
}: FakeNitroOptions): FakeNitro {
  const nsm = fakeNsm(options)
  const machine = fakeMachine({
    files: { ...fakeMachine().files, write: async () => {} },
    devices: {
      '/dev/nsm': (...given) => {
        const before = nsm.made.length
        const errno = nsm.device(...given)
        for (const { roots } of nsm.made.slice(before)) made(roots)
        return errno
      },
    },
    amazonRoots,
  })
  return { machine, roots: () => nsm.made.flatMap(({ roots }) => roots) }
}
