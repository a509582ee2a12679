/** The signed part of the example's certificate: three days of an invented trader, measured as the enclave measures. */
import { type Fill, type MeasureInput, measure, type Performance } from '../../../performance/src/index.ts'
import {
  CERTIFICATE_TYPE,
  type CertificateClaims,
  certificateLeaf,
  EAT_PROFILE,
  encodeBase64Url,
  encodeClaims,
  encodeHex,
  payloadDigest,
  SIGNATURE_POLICY,
  type Statement,
  signStatement,
} from '../../src/index.ts'
import { TEST_KEYS } from './keys.ts'
import { LOG_VKEYS } from './log.ts'
import { ENCLAVE, ISSUED_AT, LOG_ORIGIN } from './quote.ts'

/** Seconds since 1970: when the certificate is signed, ten minutes after the evidence. */
export const SIGNED_AT = ISSUED_AT + 600

const ACCOUNT = { account: 'EXAMPLE-ACCOUNT-PSEUDO', venue: 'kraken' }
const DAYS = ['2026-09-19', '2026-09-20', '2026-09-21'] as const
const ETH_USD = { market: 'ETH/USD', base: 'ETH', quote: 'USD' } as const

/** For the reader, who can follow the figures with a pocket calculator. */
export const STORY =
  'Deposit of 5000 USD, then 1 ETH bought at 2000 for a fee of 4 USD on 2026-09-19, close 2050. 0.4 ETH sold at 2100 for a fee of 1.68 USD on 2026-09-20, close 2080. 0.6 ETH sold at 1995 for a fee of 2.394 USD on 2026-09-21, close 1990. The account then holds 5028.926 USD.'

export const HISTORY: MeasureInput = {
  accounts: [
    {
      ...ACCOUNT,
      events: [
        {
          kind: 'flow',
          ...ACCOUNT,
          id: 'deposit',
          at: at(DAYS[0], 8),
          flow: 'deposit',
          direction: 'in',
          asset: 'USD',
          amount: '5000',
        },
        fill(at(DAYS[0], 9), 'buy', '1', '2000', '4'),
        fill(at(DAYS[1], 9), 'sell', '0.4', '2100', '1.68'),
        fill(at(DAYS[2], 9), 'sell', '0.6', '1995', '2.394'),
      ],
      closing: { account: ACCOUNT.account, at: SIGNED_AT * 1e6, balances: [{ asset: 'USD', total: '5028.926' }] },
    },
  ],
  closes: ['2050', '2080', '1990'].map((close, day) => ({ ...ETH_USD, day: DAYS[day] ?? '', close })),
  reportingCurrency: 'USD',
  until: SIGNED_AT * 1e6,
}

export interface ExampleStatement {
  readonly claims: CertificateClaims<Performance>
  readonly statement: Statement
  /** Its entry in the log. */
  readonly leaf: Uint8Array
}

export async function exampleStatement(): Promise<ExampleStatement> {
  const { performance } = measure(HISTORY)
  const { from, to } = performance.period
  const { client, signEd25519, signMlDsa65 } = TEST_KEYS
  const claims: CertificateClaims<Performance> = {
    iss: LOG_ORIGIN,
    sub: 'EXAMPLE-SUBJECT-PSEUDO',
    iat: SIGNED_AT,
    vct: CERTIFICATE_TYPE,
    cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(client.publicKey) } },
    _sd_alg: 'sha-256',
    eat_profile: EAT_PROFILE,
    period: { from, to },
    log: { origin: LOG_ORIGIN, vkeys: LOG_VKEYS },
    key_epoch: 1,
    measurement: encodeHex(ENCLAVE.release),
    seq: 1,
    prev: null,
    sig_policy: SIGNATURE_POLICY,
    accounts: [
      {
        ...ACCOUNT,
        collection: {
          fills: 3,
          flows: 1,
          duplicates: 0,
          conflicts: 0,
          pages: 2,
          streams: { total: 2, caught_up: 2 },
          gaps: [],
        },
      },
    ],
    performance,
  }
  const statement = await signStatement(encodeClaims(claims), {
    publicKeys: { ed25519: signEd25519.publicKey, mlDsa65: signMlDsa65.publicKey },
    ed25519: (message) => signEd25519.sign(message),
    mlDsa65: (message) => signMlDsa65.sign(message),
  })
  return { claims, statement, leaf: certificateLeaf(payloadDigest(statement.payload)) }
}

/** Microseconds since 1970 at a full hour, UTC. */
function at(day: string, hour: number): number {
  return (Date.parse(`${day}T00:00:00Z`) + hour * 3_600_000) * 1000
}

function fill(time: number, side: Fill['side'], quantity: string, price: string, fee: string): Fill {
  return {
    kind: 'fill',
    ...ACCOUNT,
    ...ETH_USD,
    product: 'spot',
    tradeId: String(time),
    orderId: String(time),
    at: time,
    side,
    quantity,
    price,
    fees: [{ asset: 'USD', amount: fee }],
    execution: 'trade',
  }
}
