import { HARDWARE_ONLY } from '../hardware-skips.ts'
import { type FamilyPolicy, isMeasurements, isPlatforms } from '../measurements.ts'
import { form, type Skip } from '../skip.ts'

/** PCR0 to PCR31 as far as they are set; 0, 1 and 2 (image, kernel, application) are required in a policy. */
export type NitroRegister = `PCR${number}`

/** What a relying party insists on in AWS Nitro evidence. */
export interface NitroPolicy extends FamilyPolicy<NitroRegister> {
  /** `checked`: a valid CRL for every CA of the chain that names a distribution point. */
  readonly revocation: 'checked' | Skip
  /** `bound`: `public_key` of the document is the binding's X25519 key. Bytes: exactly these. */
  readonly publicKey: 'bound' | Uint8Array | Skip
  /** Exactly these bytes of `user_data`. Skipped where the key binding covers it. */
  readonly userData: Uint8Array | Skip
}

const SIZES = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`PCR${index}`, 48]))

export const isNitroPolicy = form.record({
  measurements: isMeasurements(SIZES, ['PCR0', 'PCR1', 'PCR2']),
  platforms: isPlatforms,
  revocation: form.given(form.oneOf('checked')),
  publicKey: form.given((part) => part === 'bound' || form.bytes()(part)),
  userData: form.given(form.bytes()),
})

export const HARDWARE_ONLY_NITRO: NitroPolicy = {
  measurements: HARDWARE_ONLY.measurement,
  platforms: HARDWARE_ONLY.platform,
  revocation: 'checked',
  publicKey: HARDWARE_ONLY.content,
  userData: HARDWARE_ONLY.content,
}
