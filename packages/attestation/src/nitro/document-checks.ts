/** Whether document and chain fit together, and what the policy asks of what the enclave's owner put into the document. */

import type { Binding } from '../binding.ts'
import { encodeHex, equalBytes } from '../bytes/index.ts'
import { type Check, check, unlessSkipped } from '../checks.ts'
import { instant } from '../instant.ts'
import { commonName, type X509Certificate } from '../x509/index.ts'
import type { NitroDocument } from './document.ts'
import type { NitroPolicy } from './policy.ts'

/** @param chain leaf first: enclave, instance, zone, region, root */
export function chainChecks(
  { moduleId, instanceId, timestamp }: NitroDocument,
  chain: readonly X509Certificate[],
): readonly Check[] {
  const [leaf, instance] = chain
  const isOfP384 = chain.every(({ key }) => key.kind === 'p384')
  const isOfModule = isNamed(leaf, moduleId) && isNamed(instance, instanceId)
  // The leaf lives for three hours from the first document on; a document outside of them was not made under it.
  const { notBefore = 0, notAfter = 0 } = leaf ?? {}
  const isInside = notBefore * 1000 <= timestamp && timestamp <= notAfter * 1000
  return [
    check('nitro_keys', isOfP384, 'every key on P-384', isOfP384 ? 'so' : 'another kind of key'),
    check('nitro_module', isOfModule, 'certificates of this enclave and its instance', isOfModule ? 'so' : 'of others'),
    check(
      'nitro_timestamp',
      isInside,
      `made from ${instant(notBefore)} to ${instant(notAfter)}`,
      instant(timestamp / 1000),
    ),
  ]
}

/** Common names are `<id>.<region>.aws` for enclaves and `<id>.<region>.aws.nitro-enclaves` for instances. */
function isNamed(certificate: X509Certificate | undefined, id: string): boolean {
  try {
    return certificate !== undefined && commonName(certificate.subject)?.startsWith(`${id}.`) === true
  } catch {
    return false
  }
}

export function contentChecks(
  { publicKey, userData }: NitroDocument,
  policy: NitroPolicy,
  binding: Binding | null,
): readonly Check[] {
  return [
    unlessSkipped('nitro_public_key', policy.publicKey, (wanted) =>
      isSame(wanted === 'bound' ? (binding?.hpkeX25519 ?? null) : wanted, publicKey),
    ),
    unlessSkipped('nitro_user_data', policy.userData, (wanted) => isSame(wanted, userData)),
  ]
}

function isSame(
  wanted: Uint8Array | null,
  found: Uint8Array | null,
): readonly [passed: boolean, expected: string, found: string] {
  return [
    wanted !== null && found !== null && equalBytes(wanted, found),
    wanted ? encodeHex(wanted) : 'the key of a binding, which is not there',
    found ? encodeHex(found) : 'none',
  ]
}
