/** What the OpenAPI document says beside the routes, whose schemas speak for themselves. */
export const DESCRIPTION = {
  openapi: '3.1.0',
  info: {
    title: 'Perf-Aggregator enclave',
    description:
      'Prove how you trade without giving anyone your API keys. The bytes behind these schemas are in docs/protocol.md, the error codes in docs/errors.md.',
    version: '0.1.0',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  tags: [
    { name: 'attestation', description: 'What the TEE signs about this enclave' },
    { name: 'sessions', description: 'Sealed credentials and their life' },
    { name: 'results', description: 'Figures of a session' },
    { name: 'certificates', description: 'Signed, logged, verifiable by anyone' },
    { name: 'log', description: 'The transparency log (C2SP tlog-tiles)' },
    { name: 'records', description: 'Sealed application data' },
    { name: 'operation', description: 'Health and metrics' },
  ],
  components: {
    securitySchemes: {
      proof: {
        type: 'apiKey' as const,
        in: 'header',
        name: 'DPoP',
        description: 'Proof of possession (protocol, section 3), when the session is bound.',
      },
      token: { type: 'http' as const, scheme: 'bearer', description: 'A token with the scope `records`.' },
    },
  },
}
