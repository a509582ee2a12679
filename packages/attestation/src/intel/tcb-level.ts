/** TCB level matching ("Get TCB Info" of the PCS API v4, "TCB Level selection"; QVL, 4.1.2.4.17). */
import type { TcbComponent } from '../tcb.ts'
import type { PckExtension } from './pck-extension.ts'
import type { RequiredSvn, TcbInfo, TcbLevel } from './tcb-info.ts'

/** Where in TEE_TCB_SVN the TDX module's versions stand, which since version 1 module identities judge. */
export const MODULE_SVNS = 2

export interface MatchedLevels {
  /** The newest level whose SGX part and PCE the platform reaches. */
  readonly sgx: TcbLevel | undefined
  /** The newest it reaches in whole: of SGX the same one, of TDX with the TDX part. */
  readonly whole: TcbLevel | undefined
}

/** @param teeTcbSvn of the TD report; null for SGX */
export function matchLevels(info: TcbInfo, pck: PckExtension, teeTcbSvn: Uint8Array | null): MatchedLevels {
  const reached = info.levels.filter((level) => shortfalls(sgxComponents(level, pck)).length === 0)
  return {
    sgx: reached[0],
    whole: reached.find((level) => shortfalls(tdxComponents(level, teeTcbSvn)).length === 0),
  }
}

/** Every version found beside what `level` asks for. */
export function components(level: TcbLevel, pck: PckExtension, teeTcbSvn: Uint8Array | null): readonly TcbComponent[] {
  return [...sgxComponents(level, pck), ...tdxComponents(level, teeTcbSvn)]
}

/** The components that fall short. */
export function shortfalls(all: readonly TcbComponent[]): readonly TcbComponent[] {
  return all.filter(({ found, required }) => required !== null && found < required)
}

function sgxComponents(level: TcbLevel, pck: PckExtension): readonly TcbComponent[] {
  return [
    ...level.sgx.map((required, at) => component(`SGX component ${at + 1}`, required, pck.components[at] ?? 0)),
    { name: 'PCE', found: pck.pceSvn, required: level.pceSvn },
  ]
}

function tdxComponents({ tdx }: TcbLevel, teeTcbSvn: Uint8Array | null): readonly TcbComponent[] {
  if (tdx === null || teeTcbSvn === null) return []
  const from = (teeTcbSvn[1] ?? 0) > 0 ? MODULE_SVNS : 0
  return tdx.map((required, at) => component(`TDX component ${at + 1}`, required, teeTcbSvn[at] ?? 0)).slice(from)
}

function component(name: string, { svn, label }: RequiredSvn, found: number): TcbComponent {
  return { name: label ? `${name} (${label})` : name, found, required: svn > 0 ? svn : null }
}
