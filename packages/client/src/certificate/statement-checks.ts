import { keyId, parseStatement, type UnverifiedStatement } from '@perf-aggregator/protocol'
import { signatures } from '#signatures'
import type { CheckList } from './check.ts'
import { attempt, type OpenedCertificate } from './open-certificate.ts'

const POLICY = 'Ed25519, then ML-DSA-65'

/**
 * Decides `signature_policy`, `signature_ed25519` and `signature_mldsa65`. Both signatures are checked with the keys of the
 * binding and no others: a key a file merely names is nobody's.
 *
 * @returns the statement taken apart, or null when it is not in its form
 */
export async function checkSignatures(list: CheckList, opened: OpenedCertificate): Promise<UnverifiedStatement | null> {
  const statement = attempt(() => parseStatement(opened.file.statement))
  if ('code' in statement) {
    list.fail('signature_policy', statement.code, POLICY, 'something else')
    list.notChecked('signature_policy', 'signature_ed25519', 'signature_mldsa65')
    return null
  }
  list.pass('signature_policy', POLICY, POLICY)

  const { signEd25519, signMlDsa65 } = opened.evidence.binding
  const { ed25519, mlDsa65 } = statement
  const byEd25519 = await signatures.ed25519(signEd25519, ed25519.input, ed25519.signature)
  const byMlDsa65 = await signatures.mlDsa65(signMlDsa65, mlDsa65.input, mlDsa65.signature)
  decideSignature(list, 'signature_ed25519', byEd25519, signEd25519)
  decideSignature(list, 'signature_mldsa65', byMlDsa65, signMlDsa65)
  return statement
}

function decideSignature(
  list: CheckList,
  name: 'signature_ed25519' | 'signature_mldsa65',
  holds: boolean,
  publicKey: Uint8Array,
): void {
  const expected = `by key ${keyId(publicKey)}`
  list.decide(name, holds, 'signature_invalid', expected, holds ? expected : 'not by it')
}
