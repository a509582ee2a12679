/** `docs/examples/submission.json`: a quote, and a submission under each suite to the keys in it, from their inputs. */
import { createHash } from 'node:crypto'
import { appraisers, attestationQuoteToJson, skip, verify } from '@perf-aggregator/attestation'
import { simulatorAppraiser, simulatorPolicy } from '@perf-aggregator/attestation/simulator'
import { nodeHpkePrimitives } from '../../../../apps/enclave/src/collector/hpke/primitives.ts'
import { mathematics } from '../../../attestation/test/fixtures.ts'
import {
  encodeCredentials,
  SUBMISSION_INFO,
  SUITE_NAMES,
  SUITES,
  sealSubmission,
  submissionAad,
} from '../../src/index.ts'
import { fixedSender, toHex } from '../envelope/fixtures.ts'
import { KEM_STEPS, keyScheduleSteps } from './hpke-steps.ts'
import { counting, TEST_KEYS } from './keys.ts'
import { ENCLAVE, exampleQuote, ISSUED_AT } from './quote.ts'

const INPUTS = {
  hpke_x25519_private: ENCLAVE.hpkeX25519,
  hpke_xwing_seed: ENCLAVE.hpkeXWing,
  sign_ed25519_private: TEST_KEYS.signEd25519.seed,
  sign_mldsa65_seed: TEST_KEYS.signMlDsa65.seed,
  development_root_private: TEST_KEYS.developmentRoot.seed,
  release: ENCLAVE.release,
  client_nonce: counting(0xc0),
  client_ed25519_private: TEST_KEYS.client.seed,
  ephemeral_x25519_private: counting(0xe0),
  ml_kem_768_randomness: counting(0x11),
  submission_nonce: counting(0x33, 12),
}

export async function submissionExample(): Promise<object> {
  const quote = exampleQuote(INPUTS.client_nonce)
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

  const credentials = {
    exchange: 'kraken',
    apiKey: 'EXAMPLE-KEY',
    apiSecret: 'EXAMPLE-SECRET',
    sandbox: true,
    clientKey: TEST_KEYS.client.publicKey,
  } as const
  const submission = { credentials, label: 'example', ttl: 3600 }
  const primitives = fixedSender(nodeHpkePrimitives, {
    x25519: INPUTS.ephemeral_x25519_private,
    mlKem: INPUTS.ml_kem_768_randomness,
    nonce: INPUTS.submission_nonce,
  })
  const metadata = { exchange: credentials.exchange, label: submission.label, ttl: submission.ttl }
  const aad = submissionAad(metadata, INPUTS.submission_nonce)
  const submissions: Record<string, object> = {}
  for (const suite of SUITE_NAMES) {
    const kem = await KEM_STEPS[suite](primitives, SUITES[suite].recipient(quote.binding))
    const schedule = await keyScheduleSteps(primitives, suite, kem.shared_secret)
    submissions[suite] = {
      kem: hexadecimal(kem),
      key_schedule: hexadecimal(schedule),
      body: await sealSubmission(primitives, verdict.enclave, { ...submission, suite }),
    }
  }
  return {
    note: 'A quote, and a submission to it under each suite (docs/protocol.md sections 1 and 2), made by test keys that protect nothing. Hexadecimal unless the protocol says otherwise.',
    inputs: hexadecimal(INPUTS),
    attestation: {
      bytes_hashed: toHex(quote.bound),
      bytes_hashed_sha256: createHash('sha256').update(quote.bound).digest('hex'),
      bytes_hashed_length: quote.bound.length,
      report_data: toHex(quote.statement.reportData),
      simulator_signs: Buffer.from(quote.signed).toString(),
      answer: attestationQuoteToJson(quote),
    },
    plaintext: Buffer.from(encodeCredentials(credentials)).toString(),
    info: Buffer.from(SUBMISSION_INFO).toString(),
    aad: Buffer.from(aad).toString(),
    aad_bytes: toHex(aad),
    submissions,
  }
}

function hexadecimal(values: Readonly<Record<string, Uint8Array>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, bytes]) => [name, toHex(bytes)]))
}
