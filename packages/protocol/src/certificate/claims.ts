import { isLogOrigin } from '@perf-aggregator/attestation'
import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts'
import { ProtocolError } from '../errors.ts'
import { type Fail, isArray, Members } from '../json/members.ts'
import { type Json, type JsonObject, readJson } from '../json/read-json.ts'

export const CERTIFICATE_TYPE = 'urn:perf-aggregator:certificate:v1'
export const EAT_PROFILE = 'urn:perf-aggregator:eat:v1'
export const SIGNATURE_POLICY = ['Ed25519', 'ML-DSA-65'] as const

/** An Ed25519 public key as RFC 8037 writes it; `x` is base64url of 32 bytes. */
export interface Ed25519Jwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
}

/** What the enclave collected for one account, so that a reader sees how much the figures rest on. */
export interface AccountClaim {
  /** Pseudonym of the venue's account. */
  readonly account: string
  readonly venue: string
  readonly collection: {
    readonly fills: number
    readonly flows: number
    /** Delivered more than once by the venue, counted once. */
    readonly duplicates: number
    /** Delivered again with other content; the first is what was counted. */
    readonly conflicts: number
    readonly pages: number
    readonly streams: { readonly total: number; readonly caught_up: number }
    /** History the venue would not show any more; instants are RFC 3339 UTC. */
    readonly gaps: readonly { readonly stream: string; readonly from: string; readonly to: string }[]
  }
}

/**
 * The payload of a certificate (docs/protocol.md section 5), names as on the wire. `P` is the performance part:
 * this package does not look into it, its form belongs to the measured release that signed it.
 */
export interface CertificateClaims<P = JsonObject> {
  /** The log origin. */
  readonly iss: string
  /** Pseudonym of the set of accounts. */
  readonly sub: string
  /** Seconds since 1970: when it was signed. */
  readonly iat: number
  readonly vct: typeof CERTIFICATE_TYPE
  readonly cnf?: { readonly jwk: Ed25519Jwk }
  readonly _sd_alg: 'sha-256'
  readonly eat_profile: typeof EAT_PROFILE
  /** First and last day, both inclusive, `YYYY-MM-DD`. */
  readonly period: { readonly from: string; readonly to: string }
  readonly log: { readonly origin: string; readonly vkeys: readonly [ed25519: string, mlDsa44: string] }
  readonly key_epoch: number
  /** The release, 64 lower-case hex digits. */
  readonly measurement: string
  /** 1, 2, … per `sub`. */
  readonly seq: number
  /** base64url SHA-256 of the previous certificate's payload string; null exactly when `seq` is 1. */
  readonly prev: string | null
  readonly sig_policy: readonly ['Ed25519', 'ML-DSA-65']
  readonly accounts: readonly AccountClaim[]
  readonly performance: P
}

/**
 * Claims of payload bytes, strictly: every claim is must-understand, so an unknown one is refused (`claim_unknown`)
 * rather than skipped by a reader that cannot tell what it would have changed. `claim_missing` and `claim_invalid`
 * name the claim. Does not compare claims with anything outside: that is verification.
 */
export function parseClaims(payload: Uint8Array): CertificateClaims {
  const claims = new Members(readJson(decodeUtf8(payload)), '', fail)
  const period = claims.object('period')
  const log = claims.object('log')
  const parsed: CertificateClaims = {
    iss: parseOrigin(claims, 'iss'),
    sub: claims.string('sub', NOT_EMPTY),
    iat: claims.integer('iat'),
    vct: exactly(claims, 'vct', CERTIFICATE_TYPE),
    ...(claims.has('cnf') ? { cnf: parseConfirmation(claims.object('cnf')) } : {}),
    _sd_alg: exactly(claims, '_sd_alg', 'sha-256'),
    eat_profile: exactly(claims, 'eat_profile', EAT_PROFILE),
    period: { from: period.string('from', DAY), to: period.string('to', DAY) },
    log: { origin: parseOrigin(log, 'origin'), vkeys: parseVkeys(log) },
    key_epoch: claims.integer('key_epoch'),
    measurement: claims.string('measurement', HEX_32),
    seq: claims.integer('seq', 1),
    prev: parsePrevious(claims),
    sig_policy: parsePolicy(claims),
    accounts: parseAccounts(claims),
    performance: parseObject(claims, 'performance'),
  }
  period.end()
  log.end()
  claims.end()
  return parsed
}

/** Payload bytes of `claims`; what a reader would refuse cannot be encoded, so it cannot be signed. */
export function encodeClaims(claims: CertificateClaims<unknown>): Uint8Array<ArrayBuffer> {
  const payload = encodeUtf8(JSON.stringify(claims))
  parseClaims(payload)
  return payload
}

/** One word that a terminal shows as it is: no control, no format (a reversed line reads as another one), no white space. */
const NOT_EMPTY = /^[^\s\p{C}]{1,255}$/u
/** The same of several words. */
const LINE = /^[^\p{C}\p{Zl}\p{Zp}]{1,255}$/u
const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z$/
const DAY = /^\d{4}-\d{2}-\d{2}$/
const HEX_32 = /^[0-9a-f]{64}$/
/** base64url of 32 bytes: 43 characters, the last one with two zero bits. */
const BASE64URL_32 = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

const fail: Fail = (why, path, expected) =>
  new ProtocolError(`claim_${why}`, path === '' ? `payload: ${expected}` : `claim ${path}: ${expected}`)

function exactly<T extends string>(claims: Members, name: string, value: T): T {
  if (claims.string(name) !== value) throw claims.invalid(name, value)
  return value
}

function parseOrigin(members: Members, name: string): string {
  const origin = members.string(name)
  if (!isLogOrigin(origin)) throw members.invalid(name, 'a log origin')
  return origin
}

function parseConfirmation(cnf: Members): { jwk: Ed25519Jwk } {
  const jwk = cnf.object('jwk')
  const key: Ed25519Jwk = {
    kty: exactly(jwk, 'kty', 'OKP'),
    crv: exactly(jwk, 'crv', 'Ed25519'),
    x: jwk.string('x', BASE64URL_32),
  }
  jwk.end()
  cnf.end()
  return { jwk: key }
}

function parseVkeys(log: Members): readonly [string, string] {
  const [ed25519, mlDsa44, ...rest] = log.array('vkeys')
  if (typeof ed25519 !== 'string' || typeof mlDsa44 !== 'string' || rest.length > 0) {
    throw log.invalid('vkeys', 'two vkeys')
  }
  return [ed25519, mlDsa44]
}

function parsePrevious(claims: Members): string | null {
  if (claims.any('prev') === null) {
    if (claims.integer('seq', 1) !== 1) throw claims.invalid('prev', 'a digest after the first certificate')
    return null
  }
  const prev = claims.string('prev', BASE64URL_32)
  if (claims.integer('seq', 1) === 1) throw claims.invalid('prev', 'null on the first certificate')
  return prev
}

function parsePolicy(claims: Members): typeof SIGNATURE_POLICY {
  const policy = claims.array('sig_policy')
  if (policy.length !== SIGNATURE_POLICY.length || SIGNATURE_POLICY.some((alg, at) => policy[at] !== alg)) {
    throw new ProtocolError('signature_policy', 'the payload must demand Ed25519 and ML-DSA-65')
  }
  return SIGNATURE_POLICY
}

function parseAccounts(claims: Members): readonly AccountClaim[] {
  const accounts = claims.array('accounts')
  if (accounts.length === 0) throw claims.invalid('accounts', 'at least one')
  return accounts.map((value, at) => {
    const account = new Members(value, `accounts.${at}`, fail)
    const collection = account.object('collection')
    const streams = collection.object('streams')
    const parsed: AccountClaim = {
      account: account.string('account', NOT_EMPTY),
      venue: account.string('venue', NOT_EMPTY),
      collection: {
        fills: collection.integer('fills'),
        flows: collection.integer('flows'),
        duplicates: collection.integer('duplicates'),
        conflicts: collection.integer('conflicts'),
        pages: collection.integer('pages'),
        streams: { total: streams.integer('total'), caught_up: streams.integer('caught_up') },
        gaps: collection.array('gaps').map((gap, index) => parseGap(gap, `accounts.${at}.collection.gaps.${index}`)),
      },
    }
    for (const members of [streams, collection, account]) members.end()
    return parsed
  })
}

function parseGap(value: Json, path: string): { stream: string; from: string; to: string } {
  const gap = new Members(value, path, fail)
  const parsed = {
    stream: gap.string('stream', LINE),
    from: gap.string('from', INSTANT),
    to: gap.string('to', INSTANT),
  }
  gap.end()
  const [from, to] = [moment(parsed.from), moment(parsed.to)]
  if (from === null || to === null || from > to) throw gap.invalid('to', 'two instants in order')
  return parsed
}

/** Text that orders as time does, or null for what the calendar or the day does not have, a leap second among it. */
function moment(instant: string): string | null {
  const [, seconds = '', fraction = ''] = INSTANT.exec(instant) ?? []
  const at = Date.parse(`${seconds}Z`)
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(seconds)) return null
  return `${seconds}.${fraction.padEnd(9, '0')}`
}

function parseObject(claims: Members, name: string): JsonObject {
  const value = claims.any(name)
  if (value === null || typeof value !== 'object' || isArray(value)) throw claims.invalid(name, 'an object')
  return value
}
