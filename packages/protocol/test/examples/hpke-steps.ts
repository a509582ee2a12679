/**
 * Every value HPKE passes through on the way from two keys to a sealed submission, computed beside the code of the package,
 * which shows none of them: RFC 9180 sections 4.1 and 5.1, draft-connolly-cfrg-xwing-kem section 5.
 */
import { createHash } from 'node:crypto'
import { labeledExpand, labeledExtract } from '../../src/envelope/hkdf.ts'
import {
  concat,
  DHKEM_X25519,
  encodeUtf8,
  type HpkeSenderPrimitives,
  SUBMISSION_INFO,
  type SuiteName,
  u16,
  X_WING,
} from '../../src/index.ts'

const EMPTY = new Uint8Array(0)
const ML_KEM_PUBLIC_KEY = 1184

type Steps = Readonly<Record<string, Uint8Array>>

/** Ends in `shared_secret`. */
export const KEM_STEPS: Readonly<
  Record<
    SuiteName,
    (sender: HpkeSenderPrimitives, recipient: Uint8Array) => Promise<Steps & { shared_secret: Uint8Array }>
  >
> = {
  async x25519(sender, recipient) {
    const ephemeral = await sender.generateX25519()
    const dh = new Uint8Array(await ephemeral.agree(recipient))
    const suite_id = concat(encodeUtf8('KEM'), u16(DHKEM_X25519.id))
    const kem_context = concat(ephemeral.publicKey, recipient)
    const eae_prk = await labeledExtract(sender, suite_id, EMPTY, 'eae_prk', dh)
    const shared_secret = await labeledExpand(sender, suite_id, eae_prk, 'shared_secret', kem_context, 32)
    return { kem_suite_id: suite_id, dh, kem_context, eae_prk, shared_secret }
  },
  async 'x-wing'(sender, recipient) {
    const ephemeral = await sender.generateX25519()
    const pk_X = recipient.subarray(ML_KEM_PUBLIC_KEY)
    const ss_X = new Uint8Array(await ephemeral.agree(pk_X))
    const { sharedSecret: ss_M } = await sender.encapsulateMlKem768(recipient.subarray(0, ML_KEM_PUBLIC_KEY))
    const label = encodeUtf8('\\.//^\\')
    const hashed = concat(ss_M, ss_X, ephemeral.publicKey, pk_X, label)
    const shared_secret = new Uint8Array(createHash('sha3-256').update(hashed).digest())
    return { ss_M, ss_X, ct_X: ephemeral.publicKey, pk_X, label, shared_secret }
  },
}

export async function keyScheduleSteps(
  sender: HpkeSenderPrimitives,
  suite: SuiteName,
  shared: Uint8Array,
): Promise<Steps> {
  const kem = { x25519: DHKEM_X25519, 'x-wing': X_WING }[suite]
  const suite_id = concat(encodeUtf8('HPKE'), u16(kem.id), u16(0x0001), u16(0x0002))
  const psk_id_hash = await labeledExtract(sender, suite_id, EMPTY, 'psk_id_hash', EMPTY)
  const info_hash = await labeledExtract(sender, suite_id, EMPTY, 'info_hash', SUBMISSION_INFO)
  const context = concat(Uint8Array.of(0), psk_id_hash, info_hash)
  const secret = await labeledExtract(sender, suite_id, shared, 'secret', EMPTY)
  return {
    hpke_suite_id: suite_id,
    psk_id_hash,
    info_hash,
    key_schedule_context: context,
    secret,
    key: await labeledExpand(sender, suite_id, secret, 'key', context, 32),
    base_nonce: await labeledExpand(sender, suite_id, secret, 'base_nonce', context, 12),
  }
}
