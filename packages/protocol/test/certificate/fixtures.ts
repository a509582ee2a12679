import type { CertificateClaims } from '../../src/index.ts'

export const CLAIMS: CertificateClaims = {
  iss: 'log.test/perf',
  sub: 'trader-7f3a',
  iat: 1_782_777_600,
  vct: 'urn:perf-aggregator:certificate:v1',
  cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } },
  _sd_alg: 'sha-256',
  eat_profile: 'urn:perf-aggregator:eat:v1',
  period: { from: '2026-01-01', to: '2026-06-29' },
  log: { origin: 'log.test/perf', vkeys: ['one', 'two'] },
  key_epoch: 0,
  measurement: '0a'.repeat(32),
  seq: 2,
  prev: 'B'.repeat(42) + 'A',
  sig_policy: ['Ed25519', 'ML-DSA-65'],
  accounts: [
    {
      account: 'account-11',
      venue: 'kraken',
      collection: {
        fills: 10,
        flows: 1,
        duplicates: 0,
        conflicts: 0,
        pages: 3,
        streams: { total: 2, caught_up: 2 },
        gaps: [{ stream: 'fills', from: '2020-01-01T00:00:00Z', to: '2021-01-01T00:00:00Z' }],
      },
    },
  ],
  performance: { anything: { value: null, reason: 'no_fills' } },
}
