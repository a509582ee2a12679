/** FAKE. `/dev/attestation` as Gramine's documentation has it; its quotes are unsigned unless a test vendor makes them. */
import type { KernelFiles } from '../../../src/tee/machine.ts'
import { kernelError, NO_FILES } from '../fake-kernel.ts'

export interface FakeGramineOptions {
  readonly type?: string
  /** 16 bytes */
  readonly sealingKey?: Uint8Array
  /** Makes quotes in place of the unsigned ones. */
  readonly makeQuote?: (reportData: Uint8Array) => Uint8Array
  /** Another writes this report data between ours and the quote. */
  readonly disturbed?: Uint8Array
  /** No quoting service answers. */
  readonly isBroken?: boolean
}

export function fakeGramine(options: FakeGramineOptions = {}): KernelFiles {
  let reportData: Uint8Array | null = null
  const read = (path: string): Uint8Array | string => {
    switch (path) {
      case '/dev/attestation/attestation_type':
        return `${options.type ?? 'dcap'}\n`
      case '/dev/attestation/keys/_sgx_mrenclave':
        return options.sealingKey ?? new Uint8Array(16).fill(0x5e)
      case '/dev/attestation/quote': {
        if (options.isBroken || !reportData) throw kernelError('EACCES')
        if (options.makeQuote) return options.makeQuote(options.disturbed ?? reportData)
        const quote = new Uint8Array(48 + 384 + 200)
        quote.set(options.disturbed ?? reportData, 48 + 320)
        return quote
      }
      default:
        throw kernelError('ENOENT')
    }
  }
  return {
    ...NO_FILES,
    async read(path) {
      // The quoting service takes its time.
      await new Promise((resolve) => setImmediate(resolve))
      const content = read(path)
      return new Uint8Array(typeof content === 'string' ? Buffer.from(content, 'latin1') : content)
    },
    async write(path, bytes) {
      if (path !== '/dev/attestation/user_report_data') throw kernelError('ENOENT')
      if (bytes.length !== 64) throw kernelError('EINVAL')
      reportData = bytes.slice()
    },
  }
}
