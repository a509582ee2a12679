import type { SnpProduct } from './policy.ts'

/** CPUID leaf 1 of the machine, as reports from version 3 on carry it. */
export interface SnpCpuid {
  readonly family: number
  readonly model: number
  readonly stepping: number
}

/**
 * Product line by CPUID (AMD 57230, "Product names"): Bergamo and Siena, which are models A0h to AFh, belong to Genoa's. Null for
 * a processor this engine knows no root of.
 */
export function productOfCpuid({ family, model }: SnpCpuid): SnpProduct | null {
  if (family === 0x19 && model <= 0x0f) return 'Milan'
  if (family === 0x19 && ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf))) return 'Genoa'
  if (family === 0x1a && model <= 0x11) return 'Turin'
  return null
}

/** Product line by the name in an endorsement key's certificate: `Milan-B0` with the stepping (VCEK), `Milan` without. */
export function productOfName(name: string): SnpProduct | null {
  const [, line] = /^(Milan|Genoa|Turin)(?:-[A-Z][0-9])?$/.exec(name) ?? []
  return line === 'Milan' || line === 'Genoa' || line === 'Turin' ? line : null
}
