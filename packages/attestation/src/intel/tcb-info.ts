/** TCB info (PCS API v3 and v4, "Get TCB Info"): which security versions Intel holds up to date, of one kind of platform. */
import { AttestationError } from '../errors.ts'
import { count, hexBytes, instant, list, type Members, object, text } from './members.ts'
import { COMPONENTS } from './pck-extension.ts'
import type { IntelTee } from './quote.ts'
import { type Judgement, readJudgement } from './tcb-status.ts'

/** One of 16 security versions a level asks for. */
export interface RequiredSvn {
  readonly svn: number
  /** What Intel calls it, or null where it does not say. */
  readonly label: string | null
}

export interface TcbLevel extends Judgement {
  readonly sgx: readonly RequiredSvn[]
  readonly pceSvn: number
  /** Null in TCB info about SGX */
  readonly tdx: readonly RequiredSvn[] | null
}

/** Whom Intel expects to have signed a TDX module, and with which attributes. */
export interface ModuleSigner {
  /** 48 bytes */
  readonly mrSigner: Uint8Array
  /** 8 bytes each */
  readonly attributes: Uint8Array
  readonly attributesMask: Uint8Array
}

export interface ModuleLevel extends Judgement {
  readonly isvSvn: number
}

export interface ModuleIdentity extends ModuleSigner {
  /** `TDX_01`, …: the module's major version */
  readonly id: string
  readonly levels: readonly ModuleLevel[]
}

export interface TcbInfo {
  readonly tee: IntelTee
  /** Seconds since 1970 */
  readonly issuedAt: number
  readonly nextUpdate: number
  /** 6 bytes */
  readonly fmspc: Uint8Array
  /** 2 bytes */
  readonly pceId: Uint8Array
  readonly evaluationDataNumber: number | null
  /** Newest first, at least one */
  readonly levels: readonly TcbLevel[]
  /** Null in TCB info about SGX */
  readonly module: ModuleSigner | null
  readonly moduleIdentities: readonly ModuleIdentity[]
}

const MOST_LEVELS = 256

/** Reads what stands in `tcbInfo`, versions 2 and 3. `json_malformed`. */
export function readTcbInfo(json: unknown): TcbInfo {
  try {
    return read(object(json))
  } catch (cause) {
    throw new AttestationError('json_malformed', 'not TCB info of version 2 or 3', { cause })
  }
}

function read(info: Members): TcbInfo {
  const version = count(info.get('version'), 3)
  if (version < 2) throw new RangeError('an unknown version')
  const id = version === 2 ? 'SGX' : text(info.get('id'))
  if (id !== 'SGX' && id !== 'TDX') throw new TypeError('about another TEE')
  // Type 0 is what this module compares by; PCS knows no other.
  count(info.get('tcbType'), 0)
  const number = info.get('tcbEvaluationDataNumber')
  const levels = list(info.get('tcbLevels'), MOST_LEVELS).map((level) => readLevel(object(level), version, id))
  if (levels.length === 0) throw new RangeError('no level')
  const isTdx = id === 'TDX'
  return {
    tee: isTdx ? 'tdx' : 'sgx',
    issuedAt: instant(info.get('issueDate')),
    nextUpdate: instant(info.get('nextUpdate')),
    fmspc: hexBytes(info.get('fmspc'), 6),
    pceId: hexBytes(info.get('pceId'), 2),
    evaluationDataNumber: number === undefined ? null : count(number, 0xffff_ffff),
    levels,
    module: isTdx ? readSigner(object(info.get('tdxModule'))) : null,
    moduleIdentities: isTdx ? list(info.get('tdxModuleIdentities') ?? [], MOST_LEVELS).map(readModuleIdentity) : [],
  }
}

function readLevel(level: Members, version: number, id: 'SGX' | 'TDX'): TcbLevel {
  const tcb = object(level.get('tcb'))
  instant(level.get('tcbDate'))
  return {
    sgx: version === 2 ? readFlatComponents(tcb) : readComponents(tcb.get('sgxtcbcomponents')),
    pceSvn: count(tcb.get('pcesvn'), 0xffff),
    tdx: id === 'TDX' ? readComponents(tcb.get('tdxtcbcomponents')) : null,
    ...readJudgement(level),
  }
}

/** Version 2: `sgxtcbcomp01svn` to `sgxtcbcomp16svn`. */
function readFlatComponents(tcb: Members): readonly RequiredSvn[] {
  return Array.from({ length: COMPONENTS }, (_, index) => ({
    svn: count(tcb.get(`sgxtcbcomp${String(index + 1).padStart(2, '0')}svn`), 255),
    label: null,
  }))
}

function readComponents(value: unknown): readonly RequiredSvn[] {
  const components = list(value, COMPONENTS).map(object)
  if (components.length !== COMPONENTS) throw new RangeError('not 16 components')
  return components.map((component) => ({
    svn: count(component.get('svn'), 255),
    label: readLabel(component.get('type')),
  }))
}

function readLabel(value: unknown): string | null {
  return typeof value === 'string' && /^[\w /-]{1,48}$/.test(value) ? value : null
}

function readSigner(signer: Members): ModuleSigner {
  return {
    mrSigner: hexBytes(signer.get('mrsigner'), 48),
    attributes: hexBytes(signer.get('attributes'), 8),
    attributesMask: hexBytes(signer.get('attributesMask'), 8),
  }
}

function readModuleIdentity(value: unknown): ModuleIdentity {
  const identity = object(value)
  const levels = list(identity.get('tcbLevels'), MOST_LEVELS).map((item) => {
    const level = object(item)
    return { isvSvn: count(object(level.get('tcb')).get('isvsvn'), 0xffff), ...readJudgement(level) }
  })
  return { id: text(identity.get('id')), levels, ...readSigner(identity) }
}
