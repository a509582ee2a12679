/** A genuine simulator quote and everything to verify it with, so that a test alters one thing. */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { encodeBinding } from '../src/binding.ts'
import type { Binding, BoundEvidence, Policy } from '../src/index.ts'
import {
  encodeSimulatorQuote,
  type SimulatorStatement,
  simulatorPolicy,
  simulatorSigningInput,
} from '../src/simulator/index.ts'

export const NOW = 1_790_000_000

export { mathematics } from './mathematics.ts'

export function binding(): Binding {
  return {
    nonce: bytes(32),
    hpkeX25519: bytes(32),
    hpkeXWing: bytes(1216),
    signEd25519: bytes(32),
    signMlDsa65: bytes(1952),
    tlsKeySha256: new Uint8Array(0),
    release: bytes(32),
    logOrigin: 'log.example/perf',
    keyEpoch: 3,
    notAfter: NOW + 3600,
  }
}

export interface Genuine {
  readonly evidence: BoundEvidence
  readonly endorsements: readonly Uint8Array[]
  readonly policy: Policy
  readonly root: Uint8Array
}

/** Evidence the strict policy beside it accepts; `alter` changes what the simulator signs. */
export function genuine(alter: Partial<SimulatorStatement> = {}, bound: Binding = binding()): Genuine {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const root = new Uint8Array(publicKey.export({ format: 'raw-public' }))
  const statement: SimulatorStatement = {
    debug: false,
    issuedAt: NOW - 5,
    measurement: bound.release,
    reportData: new Uint8Array(createHash('sha512').update(encodeBinding(bound)).digest()),
    ...alter,
  }
  const signature = new Uint8Array(sign(null, simulatorSigningInput(statement), privateKey))
  return {
    evidence: { type: 'simulator', quote: encodeSimulatorQuote(statement, signature), binding: bound },
    endorsements: [root],
    policy: {
      families: { simulator: simulatorPolicy([bytes(32), bound.release]) },
      binding: 'required',
      nonce: bound.nonce,
      debug: 'refused',
      notAfter: 'ahead',
      maxAge: 60,
      clockSkew: 30,
    },
    root,
  }
}

export function flipBit(original: Uint8Array, bit: number): Uint8Array {
  const flipped = original.slice()
  flipped[bit >> 3]! ^= 1 << (bit & 7)
  return flipped
}

export function bytes(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length))
}
