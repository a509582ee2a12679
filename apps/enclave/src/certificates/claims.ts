/** The claims of a certificate, from what was measured and from who this enclave is. */
import {
  type AccountClaim,
  CERTIFICATE_TYPE,
  type CertificateClaims,
  EAT_PROFILE,
  encodeBase64Url,
  SIGNATURE_POLICY,
} from '@perf-aggregator/protocol'
import type { Aggregates } from '../aggregation/aggregation.ts'
import type { CollectionStatus, Session } from '../http/services.ts'

/** What the enclave says of itself in every certificate. */
export interface Issuer {
  readonly logOrigin: string
  readonly vkeys: readonly [ed25519: string, mlDsa44: string]
  readonly keyEpoch: number
  /** Release digest, hex. */
  readonly release: string
}

/** Where in the chain of its subject a certificate stands. */
export interface ChainLink {
  readonly subject: string
  readonly seq: number
  readonly prev: string | null
}

export function claimsOf(
  sessions: readonly Session[],
  aggregates: Aggregates,
  issuer: Issuer,
  link: ChainLink,
  /** Milliseconds. */
  now: number,
): CertificateClaims<unknown> {
  const clientKey = sessions[0]?.clientKey ?? null
  const { from, to } = aggregates.performance.period
  return {
    iss: issuer.logOrigin,
    sub: link.subject,
    iat: Math.floor(now / 1000),
    vct: CERTIFICATE_TYPE,
    ...(clientKey === null ? {} : { cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(clientKey) } } }),
    _sd_alg: 'sha-256',
    eat_profile: EAT_PROFILE,
    period: { from, to },
    log: { origin: issuer.logOrigin, vkeys: issuer.vkeys },
    key_epoch: issuer.keyEpoch,
    measurement: issuer.release,
    seq: link.seq,
    prev: link.prev,
    sig_policy: SIGNATURE_POLICY,
    accounts: sessions.map((session) => accountClaim(session, aggregates.statuses.get(session.key))),
    performance: aggregates.performance,
  }
}

function accountClaim(session: Session, status: CollectionStatus | undefined): AccountClaim {
  if (status === undefined) throw new TypeError('every account of a certificate was measured')
  const { fills, flows, duplicates, conflicts, pages, streams, gaps } = status
  return {
    account: session.account,
    venue: session.venue,
    collection: {
      fills,
      flows,
      duplicates,
      conflicts,
      pages,
      streams: { total: streams.total, caught_up: streams.caughtUp },
      gaps,
    },
  }
}
