/** `docs/examples/checkpoint.json`: the tree head of three entries, signed by both keys of the log. */
import { toHex } from '../envelope/fixtures.ts'
import { TEST_KEYS } from './keys.ts'
import { CHECKPOINT_TIME, exampleCheckpoint, exampleLog, LOG_VKEYS, NOTE_KEYS } from './log.ts'
import { LOG_ORIGIN } from './quote.ts'
import { exampleStatement } from './statement.ts'

export async function checkpointExample(): Promise<object> {
  const { head } = await exampleLog((await exampleStatement()).leaf)
  const checkpoint = exampleCheckpoint(head)
  return {
    note: 'A checkpoint (docs/protocol.md section 6) of the log in log-tile.json, the one in the proof of certificate.json, signed by test keys that protect nothing. Hexadecimal unless the protocol says otherwise. ML-DSA-44 signed without randomness here, so that the signature can be recomputed; a log signs with randomness, and whoever verifies sees no difference.',
    origin: LOG_ORIGIN,
    size: head.size,
    root: toHex(head.root),
    tree_head: checkpoint.text,
    ed25519: {
      private_key: toHex(TEST_KEYS.logEd25519.seed),
      public_key: toHex(TEST_KEYS.logEd25519.publicKey),
      key_id: NOTE_KEYS.ed25519.id,
      vkey: LOG_VKEYS[0],
      signature: toHex(checkpoint.ed25519Signature),
      line: checkpoint.lines[0],
    },
    ml_dsa_44: {
      seed: toHex(TEST_KEYS.logMlDsa44.seed),
      public_key: toHex(TEST_KEYS.logMlDsa44.publicKey),
      key_id: NOTE_KEYS.mlDsa44.id,
      vkey: LOG_VKEYS[1],
      time: CHECKPOINT_TIME,
      message: toHex(checkpoint.mlDsa44Message),
      signature: toHex(checkpoint.mlDsa44Signature),
      line: checkpoint.lines[1],
    },
    checkpoint: checkpoint.note,
  }
}
