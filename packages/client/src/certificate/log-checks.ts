import {
  certificateLeaf,
  decodeBase64Url,
  hashLeaf,
  type NoteKey,
  openCheckpoint,
  parseNote,
  parseTlogProof,
  parseTreeHead,
  parseVkey,
  type TlogProof,
  type TreeHead,
  verifyInclusion,
} from '@perf-aggregator/protocol'
import { signatures } from '#signatures'
import type { CertificateTrust } from '../enclave/trust.ts'
import type { CheckList } from './check.ts'
import { attempt, type OpenedCertificate, refusalCode } from './open-certificate.ts'

/** Where the log holds a certificate. */
export interface LogPosition {
  readonly index: number
  readonly size: number
  /** The signed note. */
  readonly checkpoint: string
}

/**
 * Decides `leaf`, `inclusion`, `checkpoint_origin`, `checkpoint_ed25519` and `checkpoint_mldsa44`.
 *
 * @param id the certificate the reader asked for, if any
 * @returns the position as claimed, or null when there is none to speak of
 */
export async function checkLog(
  list: CheckList,
  opened: OpenedCertificate,
  trust: CertificateTrust,
  id: string | undefined,
): Promise<LogPosition | null> {
  const proof = attempt(() => parseTlogProof(opened.file.tlogProof))
  if ('code' in proof) {
    list.fail('leaf', proof.code, 'a C2SP tlog-proof', 'something else')
    list.notChecked('leaf', 'inclusion', 'checkpoint_origin', 'checkpoint_ed25519', 'checkpoint_mldsa44')
    return null
  }
  list.decide('leaf', id === undefined || id === opened.id, 'certificate_id_mismatch', id ?? opened.id, opened.id)

  const head = attempt(() => parseTreeHead(parseNote(proof.checkpoint).text))
  if ('code' in head) {
    list.fail('checkpoint_origin', head.code, 'a C2SP checkpoint', 'something else')
    list.notChecked('checkpoint_origin', 'inclusion', 'checkpoint_ed25519', 'checkpoint_mldsa44')
    return null
  }
  checkInclusion(list, opened.id, proof, head)
  checkOrigin(list, opened, head.origin)
  const { origin, vkeys } = opened.claims.log
  const note = { text: proof.checkpoint, origin: head.origin }
  await checkCheckpoint(list, 'checkpoint_ed25519', { algorithm: 'ed25519', vkey: vkeys[0], origin }, note, trust)
  await checkCheckpoint(list, 'checkpoint_mldsa44', { algorithm: 'mlDsa44', vkey: vkeys[1], origin }, note, trust)
  return { index: proof.index, size: head.size, checkpoint: proof.checkpoint }
}

/** @param id names the leaf: it is the digest the leaf holds. */
function checkInclusion(list: CheckList, id: string, proof: TlogProof, head: TreeHead): void {
  const leafHash = hashLeaf(certificateLeaf(decodeBase64Url(id)))
  const position = `entry ${proof.index} of ${head.size}`
  try {
    verifyInclusion({ leafHash, index: proof.index, size: head.size, root: head.root }, proof.hashes)
    list.pass('inclusion', position, `${position}, proved`)
  } catch (error) {
    list.fail('inclusion', refusalCode(error), position, 'not proved')
  }
}

/** The log the enclave is bound to, the issuer, the log the payload names and the checkpoint's are one. */
function checkOrigin(list: CheckList, { claims, evidence }: OpenedCertificate, found: string): void {
  const expected = evidence.binding.logOrigin
  const named = [found, claims.log.origin, claims.iss]
  const other = named.find((origin) => origin !== expected)
  list.decide('checkpoint_origin', other === undefined, 'checkpoint_origin', plain(expected), plain(other ?? expected))
}

/** Whether the log key the signed payload names signed the checkpoint. Its origin is another step's business. */
async function checkCheckpoint(
  list: CheckList,
  name: 'checkpoint_ed25519' | 'checkpoint_mldsa44',
  named: { readonly algorithm: NoteKey['algorithm']; readonly vkey: string; readonly origin: string },
  note: { readonly text: string; readonly origin: string },
  { logKeys }: CertificateTrust,
): Promise<void> {
  const key = attempt(() => parseVkey(named.vkey))
  if ('code' in key) return list.fail(name, key.code, 'a vkey', 'something else')
  const expected = `by log key ${key.id}`
  if (key.algorithm !== named.algorithm) return list.fail(name, 'log_key_algorithm', named.algorithm, key.algorithm)
  if (key.name !== named.origin) return list.fail(name, 'log_key_name', plain(named.origin), plain(key.name))
  if (logKeys !== undefined && !logKeys.includes(named.vkey)) {
    return list.fail(name, 'log_key_unknown', 'a log key the reader accepts', `log key ${key.id}`)
  }
  try {
    await openCheckpoint(note.text, { origin: note.origin, keys: [key] }, signatures)
    list.pass(name, expected, expected)
  } catch (error) {
    list.fail(name, refusalCode(error), expected, 'not by it')
  }
}

/** A name from the file, if a terminal can show it as it is. */
function plain(name: string): string {
  return /^[\x21-\x7e]{1,255}$/.test(name) ? name : 'a name that cannot be shown'
}
