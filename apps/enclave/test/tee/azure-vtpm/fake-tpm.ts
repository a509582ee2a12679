/**
 * FAKE. The vTPM of a confidential VM of a cloud that does not exist, as the TCG TPM 2.0 Library (parts 1 to 3) documents its answers
 * and OpenHCL its two NV indices: reports and quotes are those of the test vendor.
 */
import { createHash } from 'node:crypto'
import { concat, StructureReader, u16, u32 } from '@perf-aggregator/attestation/bytes'
import { azureVm, type MadeVm } from '@perf-aggregator/testkit/vendor-pki'
import type { FakeMessageDevice } from '../fake-kernel.ts'
import { CC, RC, Refused, refusal, refuse, response, selectionOf, takeSelection } from './fake-tpm-bytes.ts'
import { FakeKeys } from './fake-tpm-keys.ts'

export const REPORT_INDEX = 0x0140_0001
export const INPUT_INDEX = 0x0140_0002
const REPORT_SIZE = 2600
const ATTESTATION_KEY = 0x8100_0003
const OWNER = 0x4000_0001
const PASSWORD = 0x4000_0009

/** TPMA_NV: owner and index may read; as the paravisor makes its index, and as `tpm2_nvdefine -C o` makes one. */
const READABLE = (1 << 17) | (1 << 18)
const WRITABLE = (1 << 1) | (1 << 2)
const WRITTEN = 1 << 29

interface Index {
  attributes: number
  content: Uint8Array
}

export interface FakeTpmOptions {
  readonly now: number
  /** A TDREPORT in place of the SNP report, by its report data. */
  readonly tdReport?: (reportData: Uint8Array) => Uint8Array
  /** Whether the paravisor has a report, as on no other machine. */
  readonly hasReport?: boolean
  /** The index of user data as it is found; left out: not there. */
  readonly input?: { readonly size?: number; readonly attributes?: number }
  /** Reads of the report that find it made less than two seconds ago. */
  readonly stale?: number
  /** Times somebody else writes user data before the report is read. */
  readonly overwritten?: number
  /** Times the report is made anew between two parts of it. */
  readonly torn?: number
  /** Times a PCR changes between PCR_Read and Quote. */
  readonly changesBeforeQuote?: number
  /** Times a PCR changes between two PCR_Read. */
  readonly changesBetweenReads?: number
  /** TPM_PT_NV_BUFFER_MAX; null: the TPM does not say. */
  readonly bufferMax?: number | null
  /** The owner's seed */
  readonly seed?: string
  /** PCR values in place of 32 bytes of their number. */
  readonly pcrs?: Readonly<Record<number, Uint8Array>>
  /** An answer in place of the TPM's own: a response code, or bytes. `count` is how many of the command came, from 1. */
  readonly reply?: (code: number, count: number, own: () => Uint8Array) => number | Uint8Array | null
}

export interface FakeTpm {
  readonly device: FakeMessageDevice
  /** Codes of the commands, in order */
  readonly commands: number[]
  readonly indices: ReadonlyMap<number, Index>
  /** The VM of the last report */
  readonly vm: () => MadeVm
  /** Extends a PCR. */
  readonly extend: (index: number) => void
}

export function fakeTpm(options: FakeTpmOptions): FakeTpm {
  const { now, tdReport, hasReport = true, bufferMax = 1024 } = options
  let { stale = 0, overwritten = 0, torn = 0, changesBeforeQuote = 0, changesBetweenReads = 0 } = options
  const commands: number[] = []
  const indices = new Map<number, Index>()
  const pcrs = Array.from({ length: 24 }, (_, index) => options.pcrs?.[index] ?? new Uint8Array(32).fill(index))
  let counter = 1
  let vm: MadeVm | null = null

  const extend = (index: number): void => {
    const before = pcrs[index] ?? new Uint8Array(32)
    pcrs[index] = new Uint8Array(createHash('sha256').update(before).digest())
    counter++
  }
  const renew = (): Uint8Array => {
    const input = indices.get(INPUT_INDEX)
    const userData = input && (input.attributes & WRITTEN) !== 0 ? input.content.slice(0, 64) : new Uint8Array(64)
    vm = azureVm({ now, userData, ...(tdReport ? { tdReport } : {}) })
    return vm.evidence.hclReport
  }
  // The one of the start is seen only where the next is not made yet.
  const first = stale > 0 ? renew() : new Uint8Array(REPORT_SIZE)
  if (hasReport) indices.set(REPORT_INDEX, { attributes: READABLE | WRITTEN, content: first })
  if (options.input) {
    const { size = 64, attributes = READABLE | WRITABLE } = options.input
    indices.set(INPUT_INDEX, { attributes, content: new Uint8Array(size) })
  }

  const indexOf = (number: number): Index => indices.get(number) ?? refuse(RC.HANDLE)
  const authorized = ([by = 0, number = 0]: readonly number[], owner: number, own: number): Index => {
    const index = indexOf(number)
    const isAllowed = by === OWNER ? index.attributes & owner : by === number && index.attributes & own
    return isAllowed ? index : refuse(RC.NV_AUTHORIZATION)
  }

  function readNv(handles: readonly number[], reader: StructureReader): Uint8Array {
    const index = authorized(handles, 1 << 17, 1 << 18)
    const [size, offset] = [reader.u16be(), reader.u16be()]
    if (size > (bufferMax ?? 512)) return refuse(RC.VALUE_OF_PARAMETER_1)
    if ((index.attributes & WRITTEN) === 0) return refuse(RC.NV_UNINITIALIZED)
    if (offset + size > index.content.length) return refuse(RC.NV_RANGE)
    if (handles[1] === REPORT_INDEX && offset === 0) {
      const input = indices.get(INPUT_INDEX)
      if (overwritten-- > 0 && input) input.content = new Uint8Array(64).fill(0xee)
      if (stale-- <= 0) index.content = renew()
    } else if (handles[1] === REPORT_INDEX && torn-- > 0) {
      const other = azureVm({ now, userData: new Uint8Array(64).fill(0xdd) })
      index.content = other.evidence.hclReport
    }
    return concat(u16(size), index.content.subarray(offset, offset + size))
  }

  function writeNv(handles: readonly number[], reader: StructureReader): Uint8Array {
    const index = authorized(handles, 1 << 1, 1 << 2)
    const content = reader.take(reader.u16be())
    const offset = reader.u16be()
    if (offset + content.length > index.content.length) return refuse(RC.NV_RANGE)
    index.content.set(content, offset)
    index.attributes |= WRITTEN
    return new Uint8Array(0)
  }

  function defineNv([owner]: readonly number[], reader: StructureReader): Uint8Array {
    if (owner !== OWNER) return refuse(RC.HANDLE)
    reader.take(reader.u16be())
    reader.u16be()
    const number = reader.u32be()
    reader.u16be()
    const attributes = reader.u32be()
    reader.take(reader.u16be())
    const size = reader.u16be()
    if (indices.has(number)) return refuse(RC.NV_DEFINED)
    indices.set(number, { attributes, content: new Uint8Array(size).fill(0xff) })
    return new Uint8Array(0)
  }

  function readPublic([number = 0]: readonly number[]): Uint8Array {
    const { attributes, content } = indexOf(number)
    const area = concat(u32(number), u16(0x0b), u32(attributes >>> 0), u16(0), u16(content.length))
    return concat(u16(area.length), area, u16(34), u16(0x0b), new Uint8Array(32).fill(9))
  }

  function capability(reader: StructureReader): Uint8Array {
    const [capability, property, count] = [reader.u32be(), reader.u32be(), reader.u32be()]
    if (capability !== 6 || property !== 0x12c || count !== 1) return refuse(RC.VALUE_OF_PARAMETER_1)
    // The next one it has, TPM_PT_MODES.
    const pair = bufferMax === null ? [0x12d, 1] : [0x12c, bufferMax]
    return concat(Uint8Array.of(1), u32(6), u32(1), ...pair.map(u32))
  }

  function readPcrs(reader: StructureReader): Uint8Array {
    const some = takeSelection(reader).slice(0, 8)
    const answer = concat(
      u32(counter),
      selectionOf(some),
      u32(some.length),
      ...some.map((index) => concat(u16(32), pcrs[index]!)),
    )
    if (changesBetweenReads-- > 0) extend(16)
    return answer
  }

  function quote([key]: readonly number[], reader: StructureReader): Uint8Array {
    if (key !== ATTESTATION_KEY) return refuse(RC.HANDLE)
    const extraData = reader.take(reader.u16be()).slice()
    if (reader.u16be() !== 0x14 || reader.u16be() !== 0x0b) return refuse(0x2d2)
    const selected = takeSelection(reader)
    if (changesBeforeQuote-- > 0) extend(23)
    const { message, signature } = azureVm({ now, extraData, selected, pcr: (index) => pcrs[index]! }).evidence
    return concat(u16(message.length), message, u16(0x14), u16(0x0b), u16(signature.length), signature)
  }

  const device: FakeMessageDevice = () => {
    const keys = new FakeKeys(options.seed ?? 'seed', () => ({ pcrs, counter }))
    return (request) => {
      const code = new DataView(request.buffer, request.byteOffset).getUint32(6)
      commands.push(code)
      const own = (): Uint8Array => answer(request, { keys })
      const count = commands.filter((one) => one === code).length
      const instead = options.reply?.(code, count, own) ?? null
      return instead === null ? own() : typeof instead === 'number' ? refusal(instead) : instead
    }
  }

  function answer(request: Uint8Array, { keys }: { readonly keys: FakeKeys }): Uint8Array {
    try {
      const reader = new StructureReader(request)
      const [tag, size, code] = [reader.u16be(), reader.u32be(), reader.u32be()]
      if (tag !== 0x8001 && tag !== 0x8002) return refusal(RC.BAD_TAG)
      if (size !== request.length) return refusal(RC.COMMAND_SIZE)
      const command = COMMANDS[code]
      if (!command) return refusal(RC.COMMAND_CODE)
      const handles = Array.from({ length: command.handles }, () => reader.u32be())
      if (command.isAuthorized !== (tag === 0x8002)) return refusal(RC.AUTH_MISSING)
      const session = command.isAuthorized ? takeSession(reader) : PASSWORD
      const made = run(code, handles, reader, keys, session)
      if (reader.left > 0) return refusal(RC.SIZE)
      const { handle = null, parameters } = made instanceof Uint8Array ? { parameters: made } : made
      const head = handle === null ? new Uint8Array(0) : u32(handle)
      if (!command.isAuthorized) return response(0x8001, concat(head, parameters))
      const nonce = session === PASSWORD ? u16(0) : concat(u16(32), new Uint8Array(32).fill(7))
      return response(0x8002, concat(head, u32(parameters.length), parameters, nonce, Uint8Array.of(1), u16(0)))
    } catch (error) {
      return refusal(error instanceof Refused ? error.code : RC.INSUFFICIENT)
    }
  }

  function run(
    code: number,
    handles: readonly number[],
    reader: StructureReader,
    keys: FakeKeys,
    session: number,
  ): Uint8Array | { readonly handle: number; readonly parameters: Uint8Array } {
    switch (code) {
      case CC.NV_Read:
        return readNv(handles, reader)
      case CC.NV_Write:
        return writeNv(handles, reader)
      case CC.NV_DefineSpace:
        return defineNv(handles, reader)
      case CC.NV_ReadPublic:
        return readPublic(handles)
      case CC.GetCapability:
        return capability(reader)
      case CC.PCR_Read:
        return readPcrs(reader)
      case CC.Quote:
        return quote(handles, reader)
      case CC.CreatePrimary:
        return keys.createPrimary(handles, reader)
      case CC.StartAuthSession:
        return keys.startSession(handles, reader)
      case CC.PolicyPCR:
        return keys.policyPcr(handles, reader)
      case CC.Unseal:
        return keys.unseal(handles, session)
      default:
        return keys.hmac(handles, reader, session)
    }
  }

  return {
    device,
    commands,
    indices,
    extend,
    vm: () => {
      if (vm === null) renew()
      return vm ?? refuse(0)
    },
  }
}

const COMMANDS: Readonly<Record<number, { readonly handles: number; readonly isAuthorized: boolean }>> = {
  [CC.NV_DefineSpace]: { handles: 1, isAuthorized: true },
  [CC.NV_Write]: { handles: 2, isAuthorized: true },
  [CC.NV_Read]: { handles: 2, isAuthorized: true },
  [CC.NV_ReadPublic]: { handles: 1, isAuthorized: false },
  [CC.GetCapability]: { handles: 0, isAuthorized: false },
  [CC.PCR_Read]: { handles: 0, isAuthorized: false },
  [CC.Quote]: { handles: 1, isAuthorized: true },
  [CC.CreatePrimary]: { handles: 1, isAuthorized: true },
  [CC.StartAuthSession]: { handles: 2, isAuthorized: false },
  [CC.PolicyPCR]: { handles: 1, isAuthorized: false },
  [CC.Unseal]: { handles: 1, isAuthorized: true },
  [CC.HMAC]: { handles: 1, isAuthorized: true },
}

/** One session without nonce, attributes or HMAC. */
function takeSession(reader: StructureReader): number {
  if (reader.u32be() !== 9) return refuse(0x144)
  const session = reader.u32be()
  if (reader.u16be() !== 0 || reader.u8() !== 0 || reader.u16be() !== 0) return refuse(0x98e)
  return session
}
