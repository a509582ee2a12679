/** `docs/examples/proof-of-possession.json`: one request of a bound session. */
import { createHash } from 'node:crypto'
import { encodeBase64, encodeBase64Url, encodeUtf8 } from '../../src/index.ts'
import { toHex } from '../envelope/fixtures.ts'
import { counting, SESSION_ID, TEST_KEYS } from './keys.ts'
import { ISSUED_AT } from './quote.ts'

export const PROOF_RANDOMNESS = counting(0x81, 24)

export const PROVED_REQUEST = {
  method: 'GET',
  url: `https://enclave.example/enclave/summary/${SESSION_ID}`,
  sessionId: SESSION_ID,
  now: ISSUED_AT + 60,
} as const

export function proofOfPossessionExample(): object {
  const { client } = TEST_KEYS
  const x = encodeBase64Url(client.publicKey)
  const header = JSON.stringify({ typ: 'dpop+jwt', alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x } })
  const ath = createHash('sha256').update(SESSION_ID).digest('base64url')
  const jti = encodeBase64Url(PROOF_RANDOMNESS)
  const { method, url, now } = PROVED_REQUEST
  const payload = JSON.stringify({ htm: method, htu: url, iat: now, jti, ath })
  const input = `${encodeBase64Url(encodeUtf8(header))}.${encodeBase64Url(encodeUtf8(payload))}`
  const signature = encodeBase64Url(client.sign(encodeUtf8(input)))
  return {
    note: 'The DPoP header of one request of a bound session (docs/protocol.md section 3), made by a test key that protects nothing: the one whose public half submission.json binds. header and payload are the JSON as it was encoded; another order of members is as good.',
    client_ed25519_private: toHex(client.seed),
    client_pub: encodeBase64(client.publicKey),
    session_id: SESSION_ID,
    method,
    htu: url,
    iat: now,
    jti,
    ath,
    header,
    payload,
    signing_input: input,
    signature,
    dpop: `${input}.${signature}`,
  }
}
