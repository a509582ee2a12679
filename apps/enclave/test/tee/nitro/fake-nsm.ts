/** FAKE. A Nitro Secure Module as `linux/nsm.h` and aws-nitro-enclaves-nsm-api document it, whose documents the test vendor signs. */
import { type CborValue, isCborMap, readCbor, writeCbor } from '@perf-aggregator/attestation/cbor'
import { type MadeNitroEnclave, nitroEnclave, nitroPcrs } from '@perf-aggregator/testkit/vendor-pki'
import { ERRNO, type FakeDevice } from '../fake-kernel.ts'

const NSM_IOCTL_RAW = 0xc020_0a00n
const MOST_REQUEST = 0x1000

export interface FakeNsm {
  readonly device: FakeDevice
  /** Every request, read. */
  readonly requests: CborValue[]
  /** The chain behind every document. */
  readonly made: MadeNitroEnclave[]
}

export interface FakeNsmOptions {
  readonly now: number
  readonly isDebug?: boolean
  /** Signs every document below these certificates, in place of new ones each time. */
  readonly certificates?: MadeNitroEnclave['certificates']
  /** PCRs of the documents, whatever `DescribePCR` says of them. */
  readonly documentPcrs?: Readonly<Record<number, Uint8Array>>
  /** What the hypervisor measured, by number: another image than the usual. */
  readonly pcrs?: Readonly<Record<number, Uint8Array>>
  /** Puts another reply in place of the module's own; null leaves it. */
  readonly reply?: (name: string) => CborValue | Uint8Array | null
  readonly errno?: number
  /** Says so many bytes were written, whatever was. */
  readonly length?: bigint
}

export function fakeNsm(options: FakeNsmOptions): FakeNsm {
  const { isDebug = false, reply = () => null, errno = 0, length } = options
  const pcrs = options.pcrs ?? nitroPcrs(isDebug)
  const requests: CborValue[] = []
  const made: MadeNitroEnclave[] = []
  const device: FakeDevice = (request, raw, memoryAt) => {
    if (request !== NSM_IOCTL_RAW) return ERRNO.ENOTTY
    if (errno !== 0) return errno
    const [from, sent] = [raw.getBigUint64(0, true), Number(raw.getBigUint64(8, true))]
    const [to, most] = [raw.getBigUint64(16, true), Number(raw.getBigUint64(24, true))]
    if (sent > MOST_REQUEST) return ERRNO.EMSGSIZE
    const asked = readCbor(memoryAt(from, sent).slice())
    requests.push(asked)
    const name = nameOf(asked)
    const answer = reply(name) ?? answerOf(asked, { ...options, pcrs, made })
    const bytes = answer instanceof Uint8Array ? answer : writeCbor(answer)
    if (bytes.length > most) return ERRNO.EMSGSIZE
    memoryAt(to, bytes.length).set(bytes)
    raw.setBigUint64(24, length ?? BigInt(bytes.length), true)
    return 0
  }
  return { device, requests, made }
}

function nameOf(asked: CborValue): string {
  const name = isCborMap(asked) ? [...asked.keys()][0] : asked
  return typeof name === 'string' ? name : ''
}

const error = (name: string): CborValue => new Map([['Error', name]])

function answerOf(
  asked: CborValue,
  {
    now,
    certificates,
    pcrs,
    documentPcrs,
    made,
  }: FakeNsmOptions & { readonly pcrs: Readonly<Record<number, Uint8Array>>; readonly made: MadeNitroEnclave[] },
): CborValue {
  const name = nameOf(asked)
  const parts = isCborMap(asked) ? (asked.get(name) ?? null) : null
  if (name === 'GetRandom' && parts === null) {
    return new Map([[name, new Map([['random', crypto.getRandomValues(new Uint8Array(256))]])]])
  }
  if (!isCborMap(parts)) return error('InvalidOperation')
  if (name === 'DescribePCR') {
    const index = parts.get('index')
    const data = typeof index === 'number' ? pcrs[index] : undefined
    if (!data) return error('InvalidIndex')
    return new Map([
      [
        name,
        new Map<string, CborValue>([
          ['lock', true],
          ['data', data],
        ]),
      ],
    ])
  }
  if (name === 'Attestation') {
    const [userData, nonce, publicKey] = ['user_data', 'nonce', 'public_key'].map((key) => parts.get(key))
    const bytes = (value: CborValue | undefined): Uint8Array | null => (value instanceof Uint8Array ? value : null)
    if ((bytes(userData)?.length ?? 0) > 512 || (bytes(nonce)?.length ?? 0) > 512) return error('InputTooLarge')
    const enclave = nitroEnclave({
      now,
      pcrs: documentPcrs ?? pcrs,
      ...(certificates && { chain: certificates }),
      userData: bytes(userData),
      nonce: bytes(nonce),
      publicKey: bytes(publicKey),
      isIndefinite: true,
    })
    made.push(enclave)
    return new Map([[name, new Map([['document', enclave.document]])]])
  }
  return error('InvalidOperation')
}
