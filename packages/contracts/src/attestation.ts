/** `GET /attestation/quote` (protocol, section 1). */
import { type Static, Type } from 'typebox'
import { Base64Of, Closed, HexDigest, List, Text } from './encoding.ts'

/** The query. The nonce's form is checked by the route, which refuses a wrong one as `invalid_nonce`. */
export const QuoteQuery = Closed({
  nonce: Type.Optional(
    Type.String({
      description:
        'base64url of 32 to 64 random bytes. It makes the evidence fresh for the caller; without it the enclave takes a nonce of its own, which proves freshness to nobody.',
      examples: ['AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'],
    }),
  ),
})
export type QuoteQuery = Static<typeof QuoteQuery>

/** Every key the evidence commits to, and the release. */
export const BindingDocument = Closed(
  {
    nonce: Text('^[A-Za-z0-9_-]{43,86}$', { description: "base64url: the caller's nonce, or the enclave's own." }),
    hpke_x25519: Base64Of(32, { description: 'X25519 key submissions are sealed to.' }),
    hpke_xwing: Base64Of(1216, { description: 'X-Wing key: ML-KEM-768 encapsulation key, then X25519.' }),
    sign_ed25519: Base64Of(32, { description: 'Ed25519 key that signs certificates.' }),
    sign_mldsa65: Base64Of(1952, { description: 'ML-DSA-65 key that signs certificates.' }),
    tls_key_sha256: Text('^(?:[0-9a-f]{64})?$', {
      description: "Hex SHA-256 of the TLS key's SPKI; empty where TLS does not end in the enclave.",
    }),
    release: HexDigest({ description: 'Digest of the measured set: what `npm run measure` recomputes.' }),
    log_origin: Type.String({ description: 'Origin of the transparency log.', examples: ['log.example/perf'] }),
    key_epoch: Type.Integer({ description: 'Counts the generations of the keys.', minimum: 0 }),
    not_after: Type.Integer({ description: 'Seconds since 1970: the keys must not be used after it.', minimum: 0 }),
  },
  { description: "What the evidence's 64-byte report data is the hash of, field by field." },
)
export type BindingDocument = Static<typeof BindingDocument>

export const QuoteResponse = Closed(
  {
    quote: Type.String({ description: 'base64: what the TEE signed.', contentEncoding: 'base64' }),
    evidence_type: Type.String({ description: 'The TEE family.', examples: ['simulator'] }),
    enclave_pubkey: Base64Of(32, { description: 'The X25519 key, the same as `binding.hpke_x25519`.' }),
    image_hash: HexDigest({ description: 'The release digest, the same as `binding.release`.' }),
    endorsements: List(Type.String({ contentEncoding: 'base64' }), {
      description: "base64 each: what verifies the quote, in the family's order.",
    }),
    binding: BindingDocument,
  },
  { title: 'Quote', description: 'Evidence of the TEE and what a client needs to verify it.' },
)
export type QuoteResponse = Static<typeof QuoteResponse>
