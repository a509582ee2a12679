/** The simulator's evidence as bytes (`docs/protocol.md` section 1.1), for the one who makes it and the one who reads it. */
import {
  type Bytes,
  canonicalJson,
  canonicalJsonBytes,
  concat,
  decodeBase64,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeHex,
  encodeUtf8,
} from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'
import { bytesField, constantField, countField, type FieldReader, readFields } from '../fields.ts'

export const SIMULATOR_TYPE = 'simulator'
export const SIMULATOR_KIND = 'perf-aggregator/simulator-evidence/v1'
export const SIMULATOR_WARNING = 'SIMULATOR: NOT A TEE'

const SIGNING_TAG = 'perf-aggregator/simulator/v1\n'

/** Far above the one size such a quote can have, far below what would cost anything to parse. */
const MAX_QUOTE = 2048

export interface SimulatorStatement {
  readonly debug: boolean
  /** Seconds since 1970 */
  readonly issuedAt: number
  /** 32 bytes: the release digest */
  readonly measurement: Uint8Array
  /** 64 bytes */
  readonly reportData: Uint8Array
}

/** The bytes the development root signs: a tag of their own, so that the signature means nothing anywhere else. */
export function simulatorSigningInput(statement: SimulatorStatement): Bytes {
  return concat(encodeUtf8(SIGNING_TAG), canonicalJsonBytes(unsigned(statement)))
}

/** The quote: the statement with its 64-byte Ed25519 signature, canonical. */
export function encodeSimulatorQuote(statement: SimulatorStatement, signature: Uint8Array): Bytes {
  return canonicalJsonBytes({ ...unsigned(statement), signature: encodeBase64(signature) })
}

/** Strict inverse: exactly these fields, in canonical form. `field_missing`, `field_unknown`, `field_malformed`. */
export function parseSimulatorQuote(quote: Uint8Array): { statement: SimulatorStatement; signature: Uint8Array } {
  if (quote.length > MAX_QUOTE) throw new AttestationError('field_malformed', 'a simulator quote that is too long')
  const json = readCanonicalJson(quote)
  const fields = readFields('simulator quote', json, QUOTE_FIELDS)
  return {
    statement: {
      debug: fields.debug,
      issuedAt: fields.issued_at,
      measurement: fields.measurement,
      reportData: fields.report_data,
    },
    signature: fields.signature,
  }
}

function readCanonicalJson(quote: Uint8Array): unknown {
  try {
    const text = decodeUtf8(quote)
    const json: unknown = JSON.parse(text)
    // Refuses repeated keys, white space and every other second spelling, none of which the signature would cover.
    if (canonicalJson(json) === text) return json
  } catch (cause) {
    throw new AttestationError('field_malformed', 'a simulator quote that is not JSON', { cause })
  }
  throw new AttestationError('field_malformed', 'a simulator quote that is not in canonical form')
}

function unsigned({ debug, issuedAt, measurement, reportData }: SimulatorStatement): object {
  return {
    debug,
    issued_at: issuedAt,
    kind: SIMULATOR_KIND,
    measurement: encodeHex(measurement),
    report_data: encodeHex(reportData),
    warning: SIMULATOR_WARNING,
  }
}

const flag: FieldReader<boolean> = (value) => {
  if (typeof value !== 'boolean') throw new TypeError('not a boolean')
  return value
}

const QUOTE_FIELDS = {
  debug: flag,
  issued_at: countField,
  kind: constantField(SIMULATOR_KIND),
  measurement: bytesField(decodeHex, 32),
  report_data: bytesField(decodeHex, 64),
  signature: bytesField(decodeBase64, 64),
  warning: constantField(SIMULATOR_WARNING),
} as const
