/** `POST /enclave/request_aggregates` (protocol, section 4) and the certificate file (section 5). */
import { type Static, Type } from 'typebox'
import { CertificateId, Closed, ERROR_CODE_KEYWORD, List, OneOf, SessionId, Text } from './encoding.ts'

/** Media type of the certificate file. */
export const CERTIFICATE_MEDIA_TYPE = 'application/vnd.perf-aggregator.certificate.v1+json'

/** Accounts beside the first that one certificate may cover. */
export const MAX_INCLUDED_SESSIONS = 15

/**
 * What figures may be told in: money that people account in and that a venue here quotes, and nothing that was chosen
 * because it fell. Told in a coin that lost 99 %, idle dollars made a hundredfold. The reasons, and why neither BTC nor
 * ETH is here: `docs/decisions/0016-told-in-money.md`.
 */
export const REPORTING_CURRENCIES = ['USD', 'EUR', 'GBP', 'CHF', 'JPY', 'CAD', 'AUD', 'USDT', 'USDC'] as const

export type ReportingCurrency = (typeof REPORTING_CURRENCIES)[number]

export const CertificateRequest = Closed(
  {
    session_id: SessionId,
    include: Type.Optional(
      List(SessionId, {
        description: 'Further sessions of the same trader, each account once: one certificate over all of them.',
        maxItems: MAX_INCLUDED_SESSIONS,
        uniqueItems: true,
      }),
    ),
    reporting_currency: Type.Optional(
      OneOf(REPORTING_CURRENCIES, {
        description: 'What the figures are told in: money only. Anything else is `currency_refused`.',
        examples: ['USD'],
        [ERROR_CODE_KEYWORD]: { enum: 'currency_refused' },
      }),
    ),
  },
  { title: 'Certificate request' },
)
export type CertificateRequest = Static<typeof CertificateRequest>

const BASE64URL = '^[A-Za-z0-9_-]+$'

/** RATS conceptual message wrapper: media type, base64url bytes, and what it wraps (4 evidence, 2 endorsements). */
function Wrapped(description: string, indicator: 2 | 4) {
  return Type.Tuple([Type.String(), Text(BASE64URL, { description: 'base64url.' }), Type.Literal(indicator)], {
    description,
    minItems: 3,
    maxItems: 3,
  })
}

export const Certificate = Closed(
  {
    mediaType: Type.Literal(CERTIFICATE_MEDIA_TYPE),
    statement: Closed(
      {
        payload: Text(BASE64URL, { description: 'base64url of the claims.' }),
        signatures: List(
          Closed({
            protected: Text(BASE64URL, { description: 'base64url of the protected header.' }),
            signature: Text(BASE64URL, { description: 'base64url.' }),
          }),
          { description: 'Ed25519, then ML-DSA-65; both are required.', minItems: 2, maxItems: 2 },
        ),
      },
      { description: 'JWS General JSON (RFC 7515).' },
    ),
    tlogProof: Type.String({ description: 'C2SP tlog-proof of the leaf.' }),
    cmw: Closed({
      evidence: Wrapped('What the TEE signed.', 4),
      binding: Wrapped('JSON of the binding.', 4),
      endorsements: Wrapped('JSON array of base64.', 2),
    }),
  },
  { title: 'Certificate', description: 'Verifiable offline by anyone.' },
)
export type Certificate = Static<typeof Certificate>

export const CertificateResponse = Closed(
  {
    certificate_id: CertificateId,
    certificate_url: Type.String({
      description: "Where the certificate is, relative to the enclave's address (RFC 3986, section 4.2).",
      examples: ['/certificates/n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'],
    }),
    aggregates_signed: Certificate,
  },
  { title: 'Issued certificate' },
)
export type CertificateResponse = Static<typeof CertificateResponse>

export const CertificateParameters = Closed({ id: CertificateId })
export type CertificateParameters = Static<typeof CertificateParameters>
