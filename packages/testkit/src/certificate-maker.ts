/**
 * Makes genuine certificates out of its own development root, keys and log, so that a rejection test starts from one
 * that verifies and alters one thing. Every step of the making can be altered; nothing is checked on the way, because
 * a forger would not check it either.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type AttestationQuote, type Binding, bindingToJson, encodeBinding } from '@perf-aggregator/attestation'
import { encodeSimulatorQuote, simulatorSigningInput } from '@perf-aggregator/attestation/simulator'
import type { Performance } from '@perf-aggregator/performance'
import {
  CERTIFICATE_MEDIA_TYPE,
  CERTIFICATE_TYPE,
  type CertificateClaims,
  certificateId,
  certificateLeaf,
  createNoteKey,
  EAT_PROFILE,
  encodeHex,
  encodeUtf8,
  formatCertificateFile,
  formatCmw,
  formatNote,
  formatTlogProof,
  formatTreeHead,
  formatVkey,
  hashLeaf,
  mlDsa44CheckpointMessage,
  type NoteKey,
  payloadDigest,
  proveInclusion,
  SIGNATURE_POLICY,
  type StatementSigner,
  signStatement,
  type TreeHead,
  timestampedSignature,
  treeRoot,
  type UnverifiedCertificate,
} from '@perf-aggregator/protocol'
import { samplePerformance } from './sample-performance.ts'

/** A key pair and the raw bytes of its public half. */
export interface RawKeyPair {
  readonly publicKey: Uint8Array
  readonly privateKey: KeyObject
}

/** What a test may alter on the way; each takes the genuine thing and gives what is used instead. */
export interface Alterations {
  readonly claims?: (claims: CertificateClaims<Performance>) => unknown
  /** The binding, before it is attested. */
  readonly binding?: (binding: Binding) => Binding
  /** The binding in the file, after the evidence was made. */
  readonly shownBinding?: (binding: Binding) => Binding
  readonly evidence?: Partial<{ debug: boolean; issuedAt: number; measurement: Uint8Array; root: RawKeyPair }>
  readonly signer?: (signer: StatementSigner) => StatementSigner
  readonly leaf?: (leaf: Uint8Array) => Uint8Array
  readonly treeHead?: (head: TreeHead) => TreeHead
  /** Entries in the log around this one; the default is a log of one leaf. */
  readonly log?: { readonly before: number; readonly after: number }
}

export interface MadeCertificate {
  readonly file: UnverifiedCertificate
  readonly text: string
  readonly id: string
}

export interface CertificateMaker {
  /** Whom a verifier must believe to accept what this maker makes. */
  readonly trust: {
    readonly allowSimulator: true
    readonly simulatorRoot: Uint8Array
    readonly measurements: readonly string[]
    readonly logKeys: readonly string[]
  }
  readonly binding: Binding
  /** When it signs, seconds since 1970. */
  readonly issuedAt: number
  make(alterations?: Alterations): Promise<MadeCertificate>
  /** Simulator evidence by this maker's root over any binding. */
  attest(binding: Binding, alterations?: Alterations['evidence']): AttestationQuote
}

export const LOG_ORIGIN = 'log.test/perf'
const DAY = 86_400

/** @param performance of the days 2026-01-01 to 2026-06-29 */
export function certificateMaker(performance: Performance = samplePerformance()): CertificateMaker {
  const issuedAt = Date.UTC(2026, 5, 30) / 1000
  const root = rawKeyPair('ed25519')
  const result = { ed25519: rawKeyPair('ed25519'), mlDsa65: rawKeyPair('ml-dsa-65') }
  const logKeys = { ed25519: rawKeyPair('ed25519'), mlDsa44: rawKeyPair('ml-dsa-44') }
  const noteKeys = {
    ed25519: createNoteKey(LOG_ORIGIN, 'ed25519', logKeys.ed25519.publicKey),
    mlDsa44: createNoteKey(LOG_ORIGIN, 'mlDsa44', logKeys.mlDsa44.publicKey),
  }
  const vkeys = [formatVkey(noteKeys.ed25519), formatVkey(noteKeys.mlDsa44)] as const
  const release = sha256('release under test')
  const binding: Binding = {
    nonce: sha256('nonce of the boot'),
    hpkeX25519: sha256('not a used key'),
    hpkeXWing: new Uint8Array(1216).fill(7),
    signEd25519: result.ed25519.publicKey,
    signMlDsa65: result.mlDsa65.publicKey,
    tlsKeySha256: new Uint8Array(0),
    release,
    logOrigin: LOG_ORIGIN,
    keyEpoch: 3,
    notAfter: issuedAt + 30 * DAY,
  }
  const claims: CertificateClaims<Performance> = {
    iss: LOG_ORIGIN,
    sub: 'trader-7f3a',
    iat: issuedAt,
    vct: CERTIFICATE_TYPE,
    _sd_alg: 'sha-256',
    eat_profile: EAT_PROFILE,
    period: { from: '2026-01-01', to: '2026-06-29' },
    log: { origin: LOG_ORIGIN, vkeys },
    key_epoch: 3,
    measurement: encodeHex(release),
    seq: 1,
    prev: null,
    sig_policy: SIGNATURE_POLICY,
    accounts: [SMALL_ACCOUNT],
    performance,
  }
  const signer: StatementSigner = {
    publicKeys: { ed25519: result.ed25519.publicKey, mlDsa65: result.mlDsa65.publicKey },
    ed25519: (message) => sign(null, message, result.ed25519.privateKey),
    mlDsa65: (message) => sign(null, message, result.mlDsa65.privateKey),
  }

  async function make(alter: Alterations = {}): Promise<MadeCertificate> {
    const attested = alter.binding?.(binding) ?? binding
    const shown = alter.shownBinding?.(attested) ?? attested
    const payload = encodeUtf8(JSON.stringify(alter.claims?.(claims) ?? claims))
    const statement = await signStatement(payload, alter.signer?.(signer) ?? signer)
    const genuineLeaf = certificateLeaf(payloadDigest(statement.payload))
    const leaf = alter.leaf?.(genuineLeaf) ?? genuineLeaf
    const { before, after } = alter.log ?? { before: 0, after: 0 }
    const file: UnverifiedCertificate = {
      mediaType: CERTIFICATE_MEDIA_TYPE,
      statement,
      tlogProof: await logProof(leaf, before, after, alter.treeHead, logKeys, noteKeys, issuedAt),
      cmw: formatCmw({
        type: 'simulator',
        quote: simulatorQuote(attested, alter.evidence ?? {}, root, issuedAt),
        binding: encodeUtf8(JSON.stringify(bindingToJson(shown))),
        endorsements: [(alter.evidence?.root ?? root).publicKey],
      }),
    }
    return { file, text: formatCertificateFile(file), id: certificateId(statement.payload) }
  }

  return {
    trust: {
      allowSimulator: true,
      simulatorRoot: root.publicKey,
      measurements: [encodeHex(release)],
      logKeys: vkeys,
    },
    binding,
    issuedAt,
    make,
    attest: (bound, alter = {}) => ({
      evidence: { type: 'simulator', quote: simulatorQuote(bound, alter, root, issuedAt), binding: bound },
      endorsements: [(alter.root ?? root).publicKey],
    }),
  }
}

export function rawKeyPair(type: 'ed25519' | 'ml-dsa-44' | 'ml-dsa-65'): RawKeyPair {
  const { publicKey, privateKey } = PAIR[type]()
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  return { publicKey: new Uint8Array(spki.subarray(spki.length - RAW_SIZE[type])), privateKey }
}

const PAIR = {
  ed25519: () => generateKeyPairSync('ed25519'),
  'ml-dsa-44': () => generateKeyPairSync('ml-dsa-44'),
  'ml-dsa-65': () => generateKeyPairSync('ml-dsa-65'),
} as const
const RAW_SIZE = { ed25519: 32, 'ml-dsa-44': 1312, 'ml-dsa-65': 1952 } as const

function simulatorQuote(
  binding: Binding,
  alter: NonNullable<Alterations['evidence']>,
  root: RawKeyPair,
  signedAt: number,
): Uint8Array {
  const statement = {
    debug: alter.debug ?? false,
    issuedAt: alter.issuedAt ?? signedAt - DAY,
    measurement: alter.measurement ?? binding.release,
    reportData: createHash('sha512').update(encodeBinding(binding)).digest(),
  }
  const { privateKey } = alter.root ?? root
  return encodeSimulatorQuote(statement, sign(null, simulatorSigningInput(statement), privateKey))
}

async function logProof(
  leaf: Uint8Array,
  before: number,
  after: number,
  alterHead: Alterations['treeHead'],
  keys: { readonly ed25519: RawKeyPair; readonly mlDsa44: RawKeyPair },
  noteKeys: { readonly ed25519: NoteKey; readonly mlDsa44: NoteKey },
  signedAt: number,
): Promise<string> {
  const others = (from: number, count: number): Uint8Array[] =>
    Array.from({ length: count }, (_, at) => hashLeaf(encodeUtf8(`another entry ${from + at}\n`)))
  const hashes = [...others(0, before), hashLeaf(leaf), ...others(before + 1, after)]
  const genuine: TreeHead = { origin: LOG_ORIGIN, size: hashes.length, root: treeRoot(hashes), extensions: [] }
  const head = alterHead?.(genuine) ?? genuine
  const text = formatTreeHead(head)
  const time = signedAt
  const checkpoint = formatNote({
    text,
    signatures: [
      line(noteKeys.ed25519, sign(null, encodeUtf8(text), keys.ed25519.privateKey)),
      line(
        noteKeys.mlDsa44,
        timestampedSignature(
          time,
          sign(null, mlDsa44CheckpointMessage(LOG_ORIGIN, time, head), keys.mlDsa44.privateKey),
        ),
      ),
    ],
  })
  const path = await proveInclusion(before, hashes.length, (height, index) =>
    treeRoot(hashes.slice(index * 2 ** height, (index + 1) * 2 ** height)),
  )
  return formatTlogProof({ index: before, hashes: path, checkpoint })
}

function line(key: NoteKey, signature: Uint8Array): { name: string; id: string; signature: Uint8Array } {
  return { name: key.name, id: key.id, signature }
}

function sha256(text: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(text).digest())
}

const SMALL_ACCOUNT = {
  account: 'account-11',
  venue: 'binance',
  collection: {
    fills: 12_477,
    flows: 3,
    duplicates: 41,
    conflicts: 0,
    pages: 26,
    streams: { total: 4, caught_up: 4 },
    gaps: [],
  },
} as const
