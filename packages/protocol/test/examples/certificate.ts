/** `docs/examples/certificate.json`, and what a reader meets on the way through it. */
import { createHash } from 'node:crypto'
import { bindingToJson } from '@perf-aggregator/attestation'
import {
  CERTIFICATE_MEDIA_TYPE,
  certificateId,
  concat,
  decodeBase64Url,
  decodeUtf8,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
  encodeUtf8,
  formatCmw,
  formatTlogProof,
  hashLeaf,
  keyId,
  type UnverifiedCertificate,
} from '../../src/index.ts'
import { toHex } from '../envelope/fixtures.ts'
import { counting, TEST_KEYS } from './keys.ts'
import { exampleCheckpoint, exampleLog, INDEX, LOG_VKEYS } from './log.ts'
import { ENCLAVE, type ExampleQuote, exampleQuote } from './quote.ts'
import { exampleStatement, SIGNED_AT, STORY } from './statement.ts'

/** The enclave's own nonce, taken when it started. */
const BOOT_NONCE = counting(0xa1)

export async function certificateExample(): Promise<UnverifiedCertificate> {
  const { statement, leaf } = await exampleStatement()
  const { head, proof } = await exampleLog(leaf)
  const { evidence, endorsements } = exampleQuote(BOOT_NONCE)
  const binding = encodeUtf8(JSON.stringify(bindingToJson(evidence.binding)))
  return {
    mediaType: CERTIFICATE_MEDIA_TYPE,
    statement,
    tlogProof: formatTlogProof({ index: INDEX, hashes: proof, checkpoint: exampleCheckpoint(head).note }),
    cmw: formatCmw({ type: evidence.type, quote: evidence.quote, binding, endorsements }),
  }
}

/** One character of one member of the file, and what then no longer holds; every other step still does. */
export interface BrokenCopy {
  readonly what: string
  readonly member: 'statement.payload' | 'tlogProof'
  /** Characters before it. */
  readonly at: number
  readonly from: string
  readonly to: string
  readonly fails: Readonly<Record<string, string>>
}

export async function certificateVerificationExample(): Promise<object> {
  const { statement, leaf } = await exampleStatement()
  const { hashes, head, proof } = await exampleLog(leaf)
  const quote: ExampleQuote = exampleQuote(BOOT_NONCE)
  const file = await certificateExample()
  return {
    note: 'What a reader of certificate.json meets on the way (docs/protocol.md sections 5 to 7). It is a genuine certificate of a simulator, all of whose keys are test keys that protect nothing. Hexadecimal unless the protocol says otherwise.',
    reader: {
      now: SIGNED_AT + 60,
      accepts: {
        simulator: true,
        development_root: encodeBase64(TEST_KEYS.developmentRoot.publicKey),
        measurement: encodeHex(ENCLAVE.release),
        log_vkeys: LOG_VKEYS,
      },
    },
    history: STORY,
    payload: decodeUtf8(decodeBase64Url(statement.payload)),
    signatures: statement.signatures.map(({ protected: header }, at) => {
      const { publicKey } = at === 0 ? TEST_KEYS.signEd25519 : TEST_KEYS.signMlDsa65
      const input = encodeUtf8(`${header}.${statement.payload}`)
      return {
        public_key: encodeBase64(publicKey),
        kid: keyId(publicKey),
        protected: decodeUtf8(decodeBase64Url(header)),
        signing_input_length: input.length,
        signing_input_sha256: sha256(input),
      }
    }),
    evidence: {
      simulator_signs: decodeUtf8(quote.signed),
      report_data: toHex(quote.statement.reportData),
    },
    log: {
      certificate_id: certificateId(statement.payload),
      leaf: decodeUtf8(leaf),
      leaf_hash: toHex(hashLeaf(leaf)),
      index: INDEX,
      size: head.size,
      proof: proof.map((hash, at) => ({ sibling: at === 0 ? 'left' : 'right', hash: toHex(hash) })),
      node_above: sha256(concat(Uint8Array.of(1), ...hashes.slice(0, 2))),
      root: toHex(head.root),
    },
    broken: brokenCopies(file),
  }
}

function brokenCopies({ statement, tlogProof }: UnverifiedCertificate): readonly BrokenCopy[] {
  const [, , sibling = ''] = tlogProof.split('\n')
  const lastLine = tlogProof.lastIndexOf(' ') + 1
  // Base64 character 15 holds the last six bits of byte 11, behind the key id the last of the time.
  const time = lastLine + 15
  return [
    {
      what: 'a realised profit of one dollar more than was signed; the file has another certificate_id too',
      ...digitAltered(statement.payload, '"realisedPnl":{"value":"2'),
      fails: {
        signature_ed25519: 'signature_invalid',
        signature_mldsa65: 'signature_invalid',
        inclusion: 'inclusion_mismatch',
      },
    },
    {
      what: 'another sibling in the inclusion proof',
      ...characterAltered(tlogProof, tlogProof.indexOf(sibling)),
      fails: { inclusion: 'inclusion_mismatch' },
    },
    {
      what: 'another time under which the log key signed',
      ...characterAltered(tlogProof, time),
      fails: { checkpoint_mldsa44: 'note_signature' },
    },
  ]
}

/** The lowest bit of the digit after `before`: one bit of the payload, and so one character of its base64url. */
function digitAltered(payload: string, before: string): Pick<BrokenCopy, 'member' | 'at' | 'from' | 'to'> {
  const bytes = decodeBase64Url(payload)
  const digit = decodeUtf8(bytes).indexOf(before) + before.length
  bytes[digit] = (bytes[digit] ?? 0) ^ 1
  const altered = encodeBase64Url(bytes)
  const at = payload.split('').findIndex((character, index) => character !== altered[index])
  return { member: 'statement.payload', at, from: payload.charAt(at), to: altered.charAt(at) }
}

function characterAltered(text: string, at: number): Pick<BrokenCopy, 'member' | 'at' | 'from' | 'to'> {
  const from = text.charAt(at)
  return { member: 'tlogProof', at, from, to: from === 'A' ? 'B' : 'A' }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
