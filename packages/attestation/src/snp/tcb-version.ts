/** Security versions of AMD firmware (AMD 56860, "TCB Version"): eight bytes whose layout depends on the product. */
import { isZero } from '../bytes/index.ts'
import type { TcbComponent } from '../tcb.ts'
import type { SnpProduct, SnpTcbMinimum } from './policy.ts'

/** In the order the firmware loads; `fmc` exists on Turin only. */
export const SNP_TCB_PARTS = ['fmc', 'bootloader', 'tee', 'snp', 'microcode'] as const
export type SnpTcbPart = (typeof SNP_TCB_PARTS)[number]

/** A part a product does not have is left out. */
export type SnpTcb = { readonly [Part in SnpTcbPart]?: number }

type Layout = { readonly [Part in SnpTcbPart]?: number }

/** Which byte each part is in; the others are reserved. */
const MILAN: Layout = { bootloader: 0, tee: 1, snp: 6, microcode: 7 }
const LAYOUTS: Readonly<Record<SnpProduct, Layout>> = {
  Milan: MILAN,
  Genoa: MILAN,
  Turin: { fmc: 0, bootloader: 1, tee: 2, snp: 3, microcode: 7 },
}

/** Names for people */
const NAMES: Readonly<Record<SnpTcbPart, string>> = {
  fmc: 'FMC',
  bootloader: 'bootloader',
  tee: 'TEE',
  snp: 'SNP firmware',
  microcode: 'microcode',
}

export function readSnpTcb(bytes: Uint8Array, product: SnpProduct): SnpTcb {
  return Object.fromEntries(Object.entries(LAYOUTS[product]).map(([part, at]) => [part, bytes[at] ?? 0]))
}

/** Whether the bytes that are no part of the product's are zero. */
export function hasZeroReserved(bytes: Uint8Array, product: SnpProduct): boolean {
  const used = Object.values(LAYOUTS[product])
  return isZero(bytes.filter((_byte, at) => !used.includes(at)))
}

/** Parts of the product that `found` and `required` do not have alike. */
export function differingParts(found: SnpTcb, required: SnpTcb): readonly SnpTcbPart[] {
  return SNP_TCB_PARTS.filter((part) => found[part] !== required[part])
}

/** What is there beside what is asked for, part by part. */
export function tcbComponents(found: SnpTcb, minimum: SnpTcbMinimum | null): readonly TcbComponent[] {
  return SNP_TCB_PARTS.flatMap((part) => {
    const version = found[part]
    return version === undefined
      ? []
      : [{ name: NAMES[part], found: version, required: minimum ? minimum[part] : null }]
  })
}

export function describeTcb(tcb: SnpTcb): string {
  return tcbComponents(tcb, null)
    .map(({ name, found }) => `${name} ${found}`)
    .join(', ')
}
