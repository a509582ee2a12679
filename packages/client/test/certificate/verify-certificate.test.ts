import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createNoteKey,
  decodeBase64,
  decodeBase64Url,
  decodeUtf8,
  encodeBase64,
  encodeBase64Url,
  encodeUtf8,
  formatTlogProof,
  formatVkey,
  parseTlogProof,
  parseVkey,
  type UnverifiedCertificate,
} from '@perf-aggregator/protocol'
import { type Alterations, certificateMaker, rawKeyPair } from '@perf-aggregator/testkit'
import fc from 'fast-check'
import {
  CERTIFICATE_CHECKS,
  type CertificateCheckName,
  CertificateError,
  type CertificateTrust,
  explainCertificate,
  type VerifyOptions,
  verifyCertificate,
} from '../../src/index.ts'

const maker = certificateMaker()
const genuine = await maker.make()
const now = maker.issuedAt + 60
const DAY = 86_400

test('a genuine certificate verifies, every step passed', async () => {
  const explanation = await explainCertificate(genuine.text, maker.trust, { now })
  assert.deepEqual(
    explanation.checks.map(({ name, outcome }) => [name, outcome]),
    CERTIFICATE_CHECKS.map((name) => [name, 'passed']),
  )
  assert.equal(explanation.verified, true)
  assert.equal(explanation.id, genuine.id)
  const certificate = await verifyCertificate(encodeUtf8(genuine.text), maker.trust, { now, id: genuine.id })
  assert.equal(certificate.claims.seq, 1)
  assert.equal(certificate.simulated, true)
  assert.deepEqual([certificate.log.index, certificate.log.size], [0, 1])
})

test('it verifies anywhere in a log, and years after its keys retired', async () => {
  for (const [before, after] of [
    [0, 1],
    [1, 0],
    [6, 0],
    [300, 211],
  ] as const) {
    const { text } = await maker.make({ log: { before, after } })
    const certificate = await verifyCertificate(text, maker.trust, { now: now + 10 * 365 * DAY })
    assert.deepEqual([certificate.log.index, certificate.log.size], [before, before + after + 1])
  }
})

test('a measurement may be left unchecked, with its reason in the report', async () => {
  const trust = { ...maker.trust, measurements: { skip: 'reading at home' } }
  const { verified, checks } = await explainCertificate(genuine.text, trust, { now })
  assert.equal(verified, true)
  assert.deepEqual(
    checks.filter(({ outcome }) => outcome !== 'passed'),
    [{ name: 'measurement', outcome: 'skipped', reason: 'reading at home' }],
  )
})

test('verifyCertificate rejects with the first failure and the whole explanation', async () => {
  const file = alterFile((file) => flipSignature(file, 0))
  await assert.rejects(verifyCertificate(file, maker.trust, { now }), (error) => {
    assert.ok(error instanceof CertificateError)
    assert.equal(error.code, 'signature_invalid')
    assert.equal(error.explanation.verified, false)
    assert.equal(error.explanation.certificate, null)
    return true
  })
})

/** Each alters one thing in the making; `fails` is every step that then fails, and nothing else may. */
const FORGERIES: readonly {
  readonly what: string
  readonly alter: Alterations
  readonly fails: Partial<Record<CertificateCheckName, string>>
}[] = [
  {
    what: 'debug enclave',
    alter: { evidence: { debug: true } },
    fails: { evidence: 'debug_enabled' },
  },
  {
    what: 'evidence by another development root',
    alter: { evidence: { root: rawKeyPair('ed25519') } },
    fails: { evidence: 'root_untrusted' },
  },
  {
    what: 'evidence younger than the certificate',
    alter: { evidence: { issuedAt: maker.issuedAt + 3600 } },
    fails: { evidence: 'evidence_from_future' },
  },
  {
    what: 'encryption key exchanged in the binding',
    alter: { shownBinding: (binding) => ({ ...binding, hpkeX25519: new Uint8Array(32).fill(9) }) },
    fails: { binding: 'report_data_mismatch' },
  },
  {
    what: 'key lifetime stretched in the binding',
    alter: { shownBinding: (binding) => ({ ...binding, notAfter: binding.notAfter + DAY }) },
    fails: { binding: 'report_data_mismatch' },
  },
  {
    what: 'header names a key that is not bound',
    alter: { signer: (signer) => ({ ...signer, publicKeys: { ...signer.publicKeys, ed25519: new Uint8Array(32) } }) },
    fails: { result_keys: 'key_not_bound' },
  },
  {
    what: 'keys retired before the certificate was signed',
    alter: { binding: (binding) => ({ ...binding, notAfter: maker.issuedAt }) },
    fails: { result_keys: 'keys_expired' },
  },
  {
    what: 'another key epoch',
    alter: { claims: (claims) => ({ ...claims, key_epoch: 4 }) },
    fails: { result_keys: 'key_epoch_mismatch' },
  },
  {
    what: 'evidence measured another release than it binds',
    alter: { evidence: { measurement: new Uint8Array(32).fill(1) } },
    fails: { measurement: 'measurement_not_release' },
  },
  {
    what: 'payload claims another release than the evidence',
    alter: { claims: (claims) => ({ ...claims, measurement: 'ab'.repeat(32) }) },
    fails: { measurement: 'measurement_mismatch' },
  },
  {
    what: 'another leaf in the log',
    alter: { leaf: () => encodeUtf8('perf-cert/v1\nanother\n') },
    fails: { inclusion: 'inclusion_mismatch' },
  },
  {
    what: 'checkpoint with another root',
    alter: { treeHead: (head) => ({ ...head, root: new Uint8Array(32) }) },
    fails: { inclusion: 'inclusion_mismatch' },
  },
  {
    what: 'issuer is not the log',
    alter: { claims: (claims) => ({ ...claims, iss: 'elsewhere.test/perf' }) },
    fails: { checkpoint_origin: 'checkpoint_origin' },
  },
  {
    what: 'enclave bound to another log',
    alter: { binding: (binding) => ({ ...binding, logOrigin: 'elsewhere.test/perf' }) },
    fails: { checkpoint_origin: 'checkpoint_origin' },
  },
  {
    what: 'checkpoint of another log by the same keys',
    alter: { treeHead: (head) => ({ ...head, origin: 'elsewhere.test/perf' }) },
    fails: { checkpoint_origin: 'checkpoint_origin' },
  },
  {
    what: 'payload names another log',
    alter: { claims: (claims) => ({ ...claims, log: { ...claims.log, origin: 'elsewhere.test/perf' } }) },
    fails: {
      checkpoint_origin: 'checkpoint_origin',
      checkpoint_ed25519: 'log_key_name',
      checkpoint_mldsa44: 'log_key_name',
    },
  },
  {
    what: 'log key under another name',
    alter: {
      claims({ log, ...claims }) {
        const { publicKey } = parseVkey(log.vkeys[0])
        const renamed = formatVkey(createNoteKey('elsewhere.test/perf', 'ed25519', publicKey))
        return { ...claims, log: { ...log, vkeys: [renamed, log.vkeys[1]] } }
      },
    },
    fails: { checkpoint_ed25519: 'log_key_name' },
  },
  {
    what: 'vkeys in the wrong order',
    alter: { claims: (claims) => ({ ...claims, log: { ...claims.log, vkeys: claims.log.vkeys.toReversed() } }) },
    fails: { checkpoint_ed25519: 'log_key_algorithm', checkpoint_mldsa44: 'log_key_algorithm' },
  },
  {
    what: 'a vkey that is none',
    alter: { claims: (claims) => ({ ...claims, log: { ...claims.log, vkeys: ['x', claims.log.vkeys[1]] } }) },
    fails: { checkpoint_ed25519: 'vkey_malformed' },
  },
  {
    what: 'period ends before it begins',
    alter: { claims: (claims) => ({ ...claims, period: { from: '2026-06-29', to: '2026-01-01' } }) },
    fails: { period: 'period_malformed' },
  },
  {
    what: 'a day the calendar does not have',
    alter: { claims: (claims) => ({ ...claims, period: { from: '2026-02-30', to: '2026-06-29' } }) },
    fails: { period: 'period_malformed' },
  },
  {
    what: 'figures of other days',
    alter: { claims: (claims) => ({ ...claims, period: { from: '2026-01-01', to: '2026-06-28' } }) },
    fails: { period: 'period_mismatch' },
  },
  {
    what: 'figures of more days than there are',
    alter: {
      claims: ({ performance, ...claims }) => ({
        ...claims,
        performance: { ...performance, period: { ...performance.period, days: performance.period.days + 1 } },
      }),
    },
    fails: { period: 'period_mismatch' },
  },
  {
    what: 'a last day that had not begun',
    alter: {
      claims: (claims) => ({
        ...claims,
        period: { from: '2026-01-01', to: '2026-07-01' },
        performance: { ...claims.performance, period: { from: '2026-01-01', to: '2026-07-01', days: 182 } },
      }),
    },
    fails: { period: 'period_not_begun' },
  },
]

for (const { what, alter, fails } of FORGERIES) {
  test(`refused, and for nothing else: ${what}`, async () => {
    const { text } = await maker.make(alter)
    await assertFails(text, fails)
  })
}

/** Each alters one thing in the genuine file. */
const ALTERED_FILES: readonly {
  readonly what: string
  readonly alter: (file: UnverifiedCertificate) => unknown
  readonly fails: Partial<Record<CertificateCheckName, string>>
}[] = [
  {
    what: 'one digit of the figures',
    alter: (file) => alterPayload(file, (json) => json.replace('1.4142135623', '2.4142135623')),
    fails: {
      signature_ed25519: 'signature_invalid',
      signature_mldsa65: 'signature_invalid',
      inclusion: 'inclusion_mismatch',
    },
  },
  {
    what: 'the Ed25519 signature dropped',
    alter: (file) => withSignatures(file, ([, mlDsa]) => [mlDsa]),
    fails: { signature_policy: 'statement_signatures' },
  },
  {
    what: 'the ML-DSA-65 signature dropped',
    alter: (file) => withSignatures(file, ([ed25519]) => [ed25519]),
    fails: { signature_policy: 'statement_signatures' },
  },
  {
    what: 'no signature',
    alter: (file) => withSignatures(file, () => []),
    fails: { signature_policy: 'statement_signatures' },
  },
  {
    what: 'signatures swapped',
    alter: (file) => withSignatures(file, (signatures) => signatures.toReversed()),
    fails: { signature_policy: 'statement_signatures' },
  },
  {
    what: 'Ed25519 twice',
    alter: (file) => withSignatures(file, ([ed25519]) => [ed25519, ed25519]),
    fails: { signature_policy: 'statement_signatures' },
  },
  {
    what: 'a third signature',
    alter: (file) => withSignatures(file, ([ed25519, mlDsa]) => [ed25519, mlDsa, ed25519]),
    fails: { signature_policy: 'statement_signatures' },
  },
  {
    what: 'a bit of the Ed25519 signature',
    alter: (file) => flipSignature(file, 0),
    fails: { signature_ed25519: 'signature_invalid' },
  },
  {
    what: 'a bit of the ML-DSA-65 signature',
    alter: (file) => flipSignature(file, 1),
    fails: { signature_mldsa65: 'signature_invalid' },
  },
  {
    what: 'a protected header that is no base64url',
    alter: (file) =>
      withSignatures(file, ([ed25519, mlDsa]) => [{ ...ed25519, protected: `${ed25519?.protected}=` }, mlDsa]),
    fails: { signature_policy: 'statement_header' },
  },
  {
    what: 'a bit of the quote',
    alter: (file) => withEvidence(file, (quote) => quote.replace('"debug":false', '"debug":true')),
    fails: { evidence: 'signature_invalid' },
  },
  {
    what: 'evidence of a family that does not exist',
    alter: (file) => ({
      ...file,
      cmw: { ...file.cmw, evidence: ['application/vnd.perf-aggregator.evidence.sev', ...file.cmw.evidence.slice(1)] },
    }),
    fails: { evidence: 'evidence_type_unknown' },
  },
  {
    what: 'evidence of a family the reader does not accept',
    alter: (file) => ({
      ...file,
      cmw: { ...file.cmw, evidence: ['application/vnd.perf-aggregator.evidence.snp', ...file.cmw.evidence.slice(1)] },
    }),
    fails: { evidence: 'family_refused' },
  },
  {
    what: 'index beyond the tree',
    alter: (file) => withProof(file, (proof) => ({ ...proof, index: 1 })),
    fails: { inclusion: 'inclusion_index' },
  },
  {
    what: 'a hash too many',
    alter: (file) => withProof(file, (proof) => ({ ...proof, hashes: [...proof.hashes, new Uint8Array(32)] })),
    fails: { inclusion: 'inclusion_length' },
  },
  {
    what: 'no proof at all',
    alter: (file) => ({ ...file, tlogProof: '' }),
    fails: { leaf: 'tlog_proof_malformed' },
  },
  {
    what: 'checkpoint that is no note',
    alter: (file) => withProof(file, (proof) => ({ ...proof, checkpoint: 'nothing\n' })),
    fails: { checkpoint_origin: 'note_malformed' },
  },
  {
    what: 'a bit of the checkpoint’s Ed25519 signature',
    alter: (file) => flipCheckpointSignature(file, 0),
    fails: { checkpoint_ed25519: 'note_signature' },
  },
  {
    what: 'a bit of the checkpoint’s ML-DSA-44 signature',
    alter: (file) => flipCheckpointSignature(file, 1),
    fails: { checkpoint_mldsa44: 'note_signature' },
  },
  {
    what: 'the checkpoint’s Ed25519 signature dropped',
    alter: (file) => dropCheckpointSignature(file, 0),
    fails: { checkpoint_ed25519: 'note_unverified' },
  },
  {
    what: 'the checkpoint’s ML-DSA-44 signature dropped',
    alter: (file) => dropCheckpointSignature(file, 1),
    fails: { checkpoint_mldsa44: 'note_unverified' },
  },
  {
    what: 'another media type',
    alter: (file) => ({ ...file, mediaType: 'application/json' }),
    fails: { media_type: 'certificate_media_type' },
  },
  {
    what: 'a member more',
    alter: (file) => ({ ...file, note: 'trust me' }),
    fails: { format: 'certificate_malformed' },
  },
]

for (const { what, alter, fails } of ALTERED_FILES) {
  test(`refused, and for nothing else: ${what}`, async () => {
    await assertFails(alterFile(alter), fails)
  })
}

test('a flipped hash on the way to the root is refused', async () => {
  const { file } = await maker.make({ log: { before: 5, after: 6 } })
  const length = parseTlogProof(file.tlogProof).hashes.length
  assert.equal(length, 4)
  for (let flipped = 0; flipped < length; flipped += 1) {
    const altered = withProof(file, (proof) => ({
      ...proof,
      hashes: proof.hashes.map((hash, at) => (at === flipped ? flipBit(hash) : hash)),
    }))
    await assertFails(JSON.stringify(altered), { inclusion: 'inclusion_mismatch' })
  }
})

test('claims that weaken the signature policy are refused although both signatures hold', async () => {
  const { text } = await maker.make({ claims: (claims) => ({ ...claims, sig_policy: ['Ed25519'] }) })
  await assertFails(text, { signature_policy: 'signature_policy' })
})

test('a claim nobody knows is refused', async () => {
  const { text } = await maker.make({ claims: (claims) => ({ ...claims, bonus: true }) })
  await assertFails(text, { format: 'claim_unknown' })
})

test('figures that are not in their form are refused', async () => {
  const { text } = await maker.make({ claims: (claims) => ({ ...claims, performance: { period: claims.period } }) })
  await assertFails(text, { format: 'performance_malformed' })
})

test('what the reader does not believe is refused', async () => {
  const { trust } = maker
  await assertFails(genuine.text, { evidence: 'evidence_type_unknown' }, { ...trust, allowSimulator: false })
  await assertFails(genuine.text, { measurement: 'measurement_unknown' }, { ...trust, measurements: ['cd'.repeat(32)] })
  await assertFails(genuine.text, { measurement: 'measurement_unknown' }, { ...trust, measurements: [] })
  const logKeys = trust.logKeys.slice(0, 1)
  await assertFails(genuine.text, { checkpoint_mldsa44: 'log_key_unknown' }, { ...trust, logKeys })
})

test('another certificate than the one asked for is refused', async () => {
  const other = await maker.make({ claims: (claims) => ({ ...claims, sub: 'somebody-else' }) })
  await assertFails(genuine.text, { leaf: 'certificate_id_mismatch' }, maker.trust, { now, id: other.id })
})

test('a certificate from the future is refused', async () => {
  await assertFails(genuine.text, { period: 'issued_in_future' }, maker.trust, { now: maker.issuedAt - 3600 })
})

test('a forger with keys of his own fails on the keys and on both signatures', async () => {
  const forger = certificateMaker()
  const { file } = await forger.make()
  const grafted = { ...file, cmw: genuine.file.cmw }
  const { checks } = await explainCertificate(JSON.stringify(grafted), maker.trust, { now })
  const failed = checks.flatMap((check) => (check.outcome === 'failed' ? [check.name] : []))
  assert.deepEqual(failed, [
    'signature_ed25519',
    'signature_mldsa65',
    'result_keys',
    'checkpoint_ed25519',
    'checkpoint_mldsa44',
  ])
})

test('no altered byte of the file verifies, and none makes the verifier throw', async () => {
  const bytes = encodeUtf8(JSON.stringify(genuine.file))
  for (let at = 3; at < bytes.length; at += 97) {
    const altered = bytes.slice()
    altered[at] = (altered[at] ?? 0) ^ 1
    const { verified } = await explainCertificate(altered, maker.trust, { now })
    assert.equal(verified, false, `byte ${at}`)
  }
})

test('whatever a simulator signs, the verifier answers and does not throw', async () => {
  const claims = ['iss', 'iat', 'period', 'log', 'key_epoch', 'measurement', 'seq', 'prev', 'accounts', 'performance']
  const numbers = fc.constantFrom(0, -1, 1e9, 8.64e12, 8.64e12 + 1, 2 ** 53 - 1, 1e300)
  const days = fc.constantFrom('0000-00-00', '9999-12-31', '2026-02-29', '2026-13-01')
  const value = fc.oneof(numbers, fc.jsonValue(), fc.record({ from: days, to: days }))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...claims), value, async (name, wrong) => {
      const { text } = await maker.make({ claims: (genuine) => ({ ...genuine, [name]: wrong }) })
      const { checks } = await explainCertificate(text, maker.trust, { now })
      assert.equal(checks.length, CERTIFICATE_CHECKS.length)
    }),
    { numRuns: 150 },
  )
})

/** `fails` must be exactly the failed steps with their codes; steps that depend on them are not checked, others pass. */
async function assertFails(
  file: string,
  fails: Partial<Record<CertificateCheckName, string>>,
  trust: CertificateTrust = maker.trust,
  options: VerifyOptions = { now },
): Promise<void> {
  const { verified, checks, certificate } = await explainCertificate(file, trust, options)
  const failed = Object.fromEntries(
    checks.flatMap((check) => (check.outcome === 'failed' ? [[check.name, check.code]] : [])),
  )
  assert.deepEqual(failed, fails)
  for (const check of checks) {
    if (check.outcome === 'not_checked') assert.ok(check.dependsOn in failed, `${check.name} depends on a failed step`)
  }
  assert.equal(verified, false)
  assert.equal(certificate, null)
}

function alterFile(alter: (file: UnverifiedCertificate) => unknown): string {
  const altered = JSON.stringify(alter(genuine.file))
  assert.notEqual(altered, JSON.stringify(genuine.file), 'something was altered')
  return altered
}

function alterPayload(file: UnverifiedCertificate, alter: (json: string) => string): unknown {
  const json = decodeUtf8(decodeBase64Url(file.statement.payload))
  return { ...file, statement: { ...file.statement, payload: encodeBase64Url(encodeUtf8(alter(json))) } }
}

type Signatures = UnverifiedCertificate['statement']['signatures']

function withSignatures(file: UnverifiedCertificate, alter: (signatures: Signatures) => readonly unknown[]): unknown {
  return { ...file, statement: { ...file.statement, signatures: alter(file.statement.signatures) } }
}

function flipSignature(file: UnverifiedCertificate, which: number): unknown {
  return withSignatures(file, (signatures) =>
    signatures.map((one, at) =>
      at === which ? { ...one, signature: encodeBase64Url(flipBit(decodeBase64Url(one.signature))) } : one,
    ),
  )
}

function withEvidence(file: UnverifiedCertificate, alter: (quote: string) => string): unknown {
  const [type, value, indicator] = file.cmw.evidence
  const quote = encodeBase64Url(encodeUtf8(alter(decodeUtf8(decodeBase64Url(value)))))
  return { ...file, cmw: { ...file.cmw, evidence: [type, quote, indicator] } }
}

type Proof = ReturnType<typeof parseTlogProof>

function withProof(file: UnverifiedCertificate, alter: (proof: Proof) => Proof): unknown {
  return { ...file, tlogProof: formatTlogProof(alter(parseTlogProof(file.tlogProof))) }
}

/** Signature lines of a note follow its last empty line. */
function withCheckpointLines(
  file: UnverifiedCertificate,
  alter: (lines: readonly string[]) => readonly string[],
): unknown {
  return withProof(file, (proof) => {
    const [text = '', lines = ''] = proof.checkpoint.split('\n\n')
    return { ...proof, checkpoint: `${text}\n\n${alter(lines.trimEnd().split('\n')).join('\n')}\n` }
  })
}

function flipCheckpointSignature(file: UnverifiedCertificate, which: number): unknown {
  return withCheckpointLines(file, (lines) =>
    lines.map((line, at) => {
      if (at !== which) return line
      const space = line.lastIndexOf(' ') + 1
      return line.slice(0, space) + encodeBase64(flipBit(decodeBase64(line.slice(space))))
    }),
  )
}

function dropCheckpointSignature(file: UnverifiedCertificate, which: number): unknown {
  return withCheckpointLines(file, (lines) => lines.filter((_, at) => at !== which))
}

/** The last bit but some: past key ids and times, within the signature. */
function flipBit(bytes: Uint8Array): Uint8Array {
  const flipped = bytes.slice()
  const at = Math.floor((bytes.length * 2) / 3)
  flipped[at] = (flipped[at] ?? 0) ^ 1
  return flipped
}
