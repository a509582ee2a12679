/**
 * The worked example of `docs/protocol.md`, computed from its inputs: a quote, and a submission under each suite to the
 * keys in it. Run as a program, it writes `docs/examples/submission.json` anew.
 */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  appraisers,
  attestationQuoteToJson,
  type Binding,
  encodeBinding,
  reportData,
  skip,
  verify,
} from '@perf-aggregator/attestation'
import {
  encodeSimulatorQuote,
  simulatorAppraiser,
  simulatorPolicy,
  simulatorSigningInput,
} from '@perf-aggregator/attestation/simulator'
import { nodeHpkePrimitives } from '../../../../apps/enclave/src/collector/hpke/primitives.ts'
import { x25519Key, xWingKey } from '../../../../apps/enclave/src/collector/hpke/private-keys.ts'
import { mathematics } from '../../../attestation/test/fixtures.ts'
import { keySchedule } from '../../src/envelope/hpke.ts'
import { encodeCredentials, SUBMISSION_INFO, SUITES, sealSubmission, submissionAad } from '../../src/index.ts'
import { fixedSender, toHex } from './fixtures.ts'

export const EXAMPLE_FILE = join(import.meta.dirname, '../../../../docs/examples/submission.json')

const ISSUED_AT = 1_790_000_000

/** `length` bytes that count up from `first`: easy to type in any language. */
const counting = (first: number, length = 32): Uint8Array => Uint8Array.from({ length }, (_, at) => (first + at) & 0xff)

const INPUTS = {
  hpke_x25519_private: counting(0x00),
  hpke_xwing_seed: counting(0x20),
  sign_ed25519_private: counting(0x40),
  sign_mldsa65_seed: counting(0x60),
  development_root_private: counting(0x80),
  release: counting(0xa0),
  client_nonce: counting(0xc0),
  ephemeral_x25519_private: counting(0xe0),
  ml_kem_768_randomness: counting(0x11),
  submission_nonce: counting(0x33, 12),
}

export async function workedExample(): Promise<object> {
  const binding: Binding = {
    nonce: INPUTS.client_nonce,
    hpkeX25519: x25519Key(INPUTS.hpke_x25519_private).publicKey,
    hpkeXWing: xWingKey(INPUTS.hpke_xwing_seed).publicKey,
    signEd25519: publicKey('ed25519', 'raw-private', INPUTS.sign_ed25519_private),
    signMlDsa65: publicKey('ml-dsa-65', 'raw-seed', INPUTS.sign_mldsa65_seed),
    tlsKeySha256: new Uint8Array(0),
    release: INPUTS.release,
    logOrigin: 'log.example/perf-aggregator',
    keyEpoch: 1,
    notAfter: ISSUED_AT + 86_400,
  }
  const hashed = encodeBinding(binding)
  const statement = {
    debug: false,
    issuedAt: ISSUED_AT,
    measurement: INPUTS.release,
    reportData: await reportData(binding, mathematics),
  }
  const rootKey = { key: Buffer.from(INPUTS.development_root_private), asymmetricKeyType: 'ed25519' } as const
  const root = createPrivateKey({ ...rootKey, format: 'raw-private' })
  const quote = {
    evidence: {
      type: 'simulator',
      quote: encodeSimulatorQuote(statement, sign(null, simulatorSigningInput(statement), root)),
      binding,
    },
    endorsements: [publicKey('ed25519', 'raw-private', INPUTS.development_root_private)],
  }
  const verdict = await verify(
    quote.evidence,
    quote.endorsements,
    {
      families: { simulator: simulatorPolicy([INPUTS.release]) },
      binding: 'required',
      nonce: INPUTS.client_nonce,
      debug: 'refused',
      notAfter: 'ahead',
      maxAge: 60,
      clockSkew: 60,
    },
    ISSUED_AT,
    mathematics,
    appraisers(simulatorAppraiser({ root: skip('worked example') })),
  )
  if (!verdict.accepted) throw new Error(`the example does not verify: ${verdict.failures.join(', ')}`)
  if (!verdict.enclave) throw new Error('the example binds no keys')

  const credentials = { exchange: 'kraken', apiKey: 'EXAMPLE-KEY', apiSecret: 'EXAMPLE-SECRET', sandbox: true } as const
  const submission = { credentials, label: 'example', ttl: 3600 }
  const primitives = fixedSender(nodeHpkePrimitives, {
    x25519: INPUTS.ephemeral_x25519_private,
    mlKem: INPUTS.ml_kem_768_randomness,
    nonce: INPUTS.submission_nonce,
  })
  const metadata = { exchange: credentials.exchange, label: submission.label, ttl: submission.ttl }
  const submissions: Record<string, object> = {}
  for (const suite of ['x25519', 'x-wing'] as const) {
    const kem = SUITES[suite].sender(primitives)
    const { sharedSecret } = await kem.encapsulate(SUITES[suite].recipient(binding))
    const shared = toHex(sharedSecret)
    const { key, nonce } = await keySchedule(primitives, kem.id, primitives.aes256Gcm, sharedSecret, SUBMISSION_INFO)
    submissions[suite] = {
      shared_secret: shared,
      key: toHex(key),
      base_nonce: toHex(nonce),
      body: await sealSubmission(primitives, verdict.enclave, { ...submission, suite }),
    }
  }
  return {
    note: 'The worked example of docs/protocol.md. Hexadecimal unless the protocol says otherwise. Private keys of an example protect nothing.',
    inputs: Object.fromEntries(Object.entries(INPUTS).map(([name, bytes]) => [name, toHex(bytes)])),
    attestation: {
      bytes_hashed_sha256: createHash('sha256').update(hashed).digest('hex'),
      bytes_hashed_length: hashed.length,
      report_data: toHex(statement.reportData),
      answer: attestationQuoteToJson(quote),
    },
    plaintext: Buffer.from(encodeCredentials(credentials)).toString(),
    info: Buffer.from(SUBMISSION_INFO).toString(),
    aad: Buffer.from(submissionAad(metadata, INPUTS.submission_nonce)).toString(),
    submissions,
  }
}

function publicKey(type: 'ed25519' | 'ml-dsa-65', format: 'raw-private' | 'raw-seed', key: Uint8Array): Uint8Array {
  const privateKey = createPrivateKey({ key: Buffer.from(key), format, asymmetricKeyType: type })
  return new Uint8Array(createPublicKey(privateKey).export({ format: 'raw-public' }))
}

if (import.meta.main) writeFileSync(EXAMPLE_FILE, `${JSON.stringify(await workedExample(), null, 2)}\n`)
