/** The simulated enclave all examples are about. */
import { createHash } from 'node:crypto'
import { type AttestationQuote, type Binding, encodeBinding } from '@perf-aggregator/attestation'
import {
  encodeSimulatorQuote,
  type SimulatorStatement,
  simulatorSigningInput,
} from '@perf-aggregator/attestation/simulator'
import { x25519Key, xWingKey } from '../../../../apps/enclave/src/collector/hpke/private-keys.ts'
import { counting, TEST_KEYS } from './keys.ts'

export const ISSUED_AT = 1_790_000_000
export const LOG_ORIGIN = 'log.example/perf-aggregator'

export const ENCLAVE = {
  hpkeX25519: counting(0x00),
  hpkeXWing: counting(0x20),
  release: counting(0xa0),
} as const

export interface ExampleQuote extends AttestationQuote {
  readonly binding: Binding
  /** What is hashed to the report data. */
  readonly bound: Uint8Array
  readonly statement: SimulatorStatement
  /** What the development root signs. */
  readonly signed: Uint8Array
}

export function exampleQuote(nonce: Uint8Array): ExampleQuote {
  const binding: Binding = {
    nonce,
    hpkeX25519: x25519Key(ENCLAVE.hpkeX25519).publicKey,
    hpkeXWing: xWingKey(ENCLAVE.hpkeXWing).publicKey,
    signEd25519: TEST_KEYS.signEd25519.publicKey,
    signMlDsa65: TEST_KEYS.signMlDsa65.publicKey,
    tlsKeySha256: new Uint8Array(0),
    release: ENCLAVE.release,
    logOrigin: LOG_ORIGIN,
    keyEpoch: 1,
    notAfter: ISSUED_AT + 86_400,
  }
  const bound = encodeBinding(binding)
  const statement: SimulatorStatement = {
    debug: false,
    issuedAt: ISSUED_AT,
    measurement: binding.release,
    reportData: new Uint8Array(createHash('sha512').update(bound).digest()),
  }
  const signed = simulatorSigningInput(statement)
  const quote = encodeSimulatorQuote(statement, TEST_KEYS.developmentRoot.sign(signed))
  return {
    evidence: { type: 'simulator', quote, binding },
    endorsements: [TEST_KEYS.developmentRoot.publicKey],
    binding,
    bound,
    statement,
    signed,
  }
}
