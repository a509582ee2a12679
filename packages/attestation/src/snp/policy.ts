import { HARDWARE_ONLY } from '../hardware-skips.ts'
import { type FamilyPolicy, isMeasurements, isPlatforms } from '../measurements.ts'
import { form, type Skip, skip } from '../skip.ts'

export type SnpRegister = 'MEASUREMENT'
export type SnpProduct = 'Milan' | 'Genoa' | 'Turin'

/** Security versions of AMD firmware: every one at least this. `fmc` exists on Turin only. */
export interface SnpTcbMinimum {
  readonly bootloader: number
  readonly tee: number
  readonly snp: number
  readonly microcode: number
  readonly fmc: number
}

/** Bits of the guest policy (AMD 56860, "Guest Policy"), beside debug, which is refused for every family alike. */
export interface SnpGuestPolicy {
  readonly smt: 'allowed' | 'refused'
  /** A migration agent may export the guest to another platform. */
  readonly migrationAgent: 'allowed' | 'refused'
  readonly singleSocket: 'any' | 'required'
  /** Least ABI version the guest demands of the firmware, `major * 256 + minor`. */
  readonly minAbi: number
}

/** Bits of the platform info the report has to show. */
export interface SnpPlatformInfo {
  /** ALIAS_CHECK_COMPLETE: the firmware looked for memory modules that lie about their size (BadRAM, AMD-SB-3015). */
  readonly aliasCheck: 'any' | 'required'
  readonly smt: 'allowed' | 'refused'
  readonly ecc: 'any' | 'required'
}

/** What a relying party insists on in AMD SEV-SNP evidence. */
export interface SnpPolicy extends FamilyPolicy<SnpRegister> {
  /** Least firmware per product; a product that is not listed is refused. */
  readonly minTcb: { readonly [Product in SnpProduct]?: SnpTcbMinimum } | Skip
  /** `checked`: a valid CRL of the product's ARK. */
  readonly revocation: 'checked' | Skip
  /** Privilege level the report was asked from; 0 is the most privileged. */
  readonly vmpl: number | Skip
  readonly guestPolicy: SnpGuestPolicy | Skip
  readonly platformInfo: SnpPlatformInfo | Skip
  /** Which endorsement keys may sign: of the chip, or loaded by the cloud. */
  readonly signingKeys: readonly ('vcek' | 'vlek')[] | Skip
  /** 48 bytes each: digests of the key that signed the identity block */
  readonly idKeyDigests: readonly Uint8Array[] | Skip
  readonly authorKeyDigests: readonly Uint8Array[] | Skip
  /** 32 bytes */
  readonly hostData: 'zero' | Uint8Array | Skip
  readonly minGuestSvn: number | Skip
}

const svn = form.count(255)
const isMinimum = form.record({ bootloader: svn, tee: svn, snp: svn, microcode: svn, fmc: svn })
const isAllowed = form.oneOf('allowed', 'refused')
const isRequired = form.oneOf('any', 'required')

export const isSnpPolicy = form.record({
  measurements: isMeasurements({ MEASUREMENT: 48 }, ['MEASUREMENT']),
  platforms: isPlatforms,
  minTcb: form.given(form.record({}, { Milan: isMinimum, Genoa: isMinimum, Turin: isMinimum })),
  revocation: form.given(form.oneOf('checked')),
  vmpl: form.given(form.count(3)),
  guestPolicy: form.given(
    form.record({
      smt: isAllowed,
      migrationAgent: isAllowed,
      singleSocket: isRequired,
      minAbi: form.count(0xffff),
    }),
  ),
  platformInfo: form.given(form.record({ aliasCheck: isRequired, smt: isAllowed, ecc: isRequired })),
  signingKeys: form.given(form.listOf(form.oneOf('vcek', 'vlek'))),
  idKeyDigests: form.given(form.listOf(form.bytes(48))),
  authorKeyDigests: form.given(form.listOf(form.bytes(48))),
  hostData: form.given((part) => part === 'zero' || form.bytes(32)(part)),
  minGuestSvn: form.given(form.count(0xffff_ffff)),
})

export const HARDWARE_ONLY_SNP: SnpPolicy = {
  measurements: HARDWARE_ONLY.measurement,
  platforms: HARDWARE_ONLY.platform,
  minTcb: skip('hardware only: AMD publishes no judgement on firmware versions, and none was given'),
  revocation: 'checked',
  vmpl: HARDWARE_ONLY.content,
  guestPolicy: { smt: 'allowed', migrationAgent: 'refused', singleSocket: 'any', minAbi: 0 },
  platformInfo: skip('hardware only: how the machine is set up is not known'),
  signingKeys: ['vcek', 'vlek'],
  idKeyDigests: HARDWARE_ONLY.content,
  authorKeyDigests: HARDWARE_ONLY.content,
  hostData: HARDWARE_ONLY.content,
  minGuestSvn: HARDWARE_ONLY.content,
}
