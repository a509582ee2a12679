/** Every sample of genuine evidence through the command: the verdict that is listed, for the reason that is listed. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { run, temporaryFolder } from '../test/tool.ts'

const corpus = join(process.env['CORPUS_DIR'] ?? '', 'attestation')
const skip = process.env['CORPUS_DIR'] ? false : 'no CORPUS_DIR'

interface Sample {
  readonly file: string
  readonly at: string
  /** Further arguments; what begins with `@` is a path in the corpus. */
  readonly args?: readonly string[]
  readonly exit: 0 | 10 | 20
  /** Each a failure that has to be named. */
  readonly failures?: readonly string[]
  /** No failure but those. */
  readonly only?: boolean
}

const ARCHIVE = ['--revocation-skip', 'an archive keeps no lists']

/** A list of somebody else: no list of ours. */
const INTEL_LIST = ['--collateral', '@tdx/google-v4-spr-e4-NO-TCB-LEVEL/pckCrl.der']

const NITRO: readonly Sample[] = [
  ...[
    ['evervault-2022-10-13-pcr8', '2022-10-13T08:58:02Z'],
    ['cape-2022-09-15-x25519-pubkey-nonce', '2022-09-15T17:43:28Z'],
    ['dstack-2025-12-25-indefinite-map', '2025-12-25T13:15:37Z'],
  ].flatMap(([name = '', at = '']): Sample[] => [
    { file: `nitro/${name}.cose`, at, args: ARCHIVE, exit: 0 },
    { file: `nitro/${name}.cose`, at: 'document', args: ARCHIVE, exit: 0 },
    { file: `nitro/${name}.cose`, at, exit: 0 },
    { file: `nitro/${name}.cose`, at, args: INTEL_LIST, exit: 10, failures: ['crl_missing'], only: true },
    { file: `nitro/${name}.cose`, at: '2026-11-01T00:00:00Z', args: ARCHIVE, exit: 10, failures: ['x509_expired'] },
  ]),
  {
    file: 'nitro/DEBUG-cape-2022-07-14-x25519.cose',
    at: '2022-07-14T20:46:07Z',
    args: ARCHIVE,
    exit: 10,
    failures: ['debug_enabled'],
    only: true,
  },
  ...['signature-lastbyte-flipped', 'pcr0-bit-flipped', 'public_key-swapped'].map(
    (name): Sample => ({
      file: `nitro/negative/cape-1-${name}.cose`,
      at: '2022-09-15T17:43:28Z',
      args: ARCHIVE,
      exit: 10,
      failures: ['signature_invalid'],
      only: true,
    }),
  ),
  ...['truncated', 'trailing-bytes'].map(
    (name): Sample => ({
      file: `nitro/negative/cape-1-${name}.cose`,
      at: '2022-09-15T17:43:28Z',
      args: ARCHIVE,
      exit: 20,
      failures: ['evidence_malformed'],
    }),
  ),
]

const SGX_COLLATERAL = ['--collateral', '@sgx/phala-v3-cfgswhardening/collateral.json']

const SGX: readonly Sample[] = [
  {
    file: 'sgx/phala-v3-cfgswhardening/quote.bin',
    at: '2025-07-01T00:00:00Z',
    args: SGX_COLLATERAL,
    exit: 10,
    failures: ['tcb_status_refused', 'advisory_not_allowed'],
    only: true,
  },
  {
    file: 'sgx/phala-v3-cfgswhardening/quote.bin',
    at: '2025-07-19T10:01:19Z',
    args: SGX_COLLATERAL,
    exit: 10,
    failures: ['intel_qe_identity_expired'],
  },
  {
    file: 'sgx/DEBUG-trustee-occlum-v3.quote.bin',
    at: '2025-07-01T00:00:00Z',
    exit: 10,
    failures: ['debug_enabled', 'intel_collateral_missing'],
  },
]

const TDX_COLLATERAL = ['--collateral', '@tdx/phala-v4-uptodate/collateral.json']
const TDX_AT = '2025-07-01T00:00:00Z'
const GOOGLE = 'tdx/google-v4-spr-e4-NO-TCB-LEVEL'

const TDX: readonly Sample[] = [
  { file: 'tdx/phala-v4-uptodate/quote.bin', at: TDX_AT, args: TDX_COLLATERAL, exit: 0 },
  { file: 'tdx/phala-v4-uptodate', at: TDX_AT, exit: 0 },
  { file: 'tdx/phala-v4-uptodate/quote.bin', at: '2025-07-19T10:00:36Z', args: TDX_COLLATERAL, exit: 10 },
  { file: 'tdx/phala-v4-uptodate/quote.bin', at: '2025-06-19T10:32:26Z', args: TDX_COLLATERAL, exit: 10 },
  {
    file: 'tdx/phala-v4-uptodate/quote.bin',
    at: TDX_AT,
    exit: 10,
    failures: ['intel_collateral_missing'],
  },
  // Bytes that are not zero follow the signature data, on purpose.
  {
    file: `${GOOGLE}/quote.bin`,
    at: '2023-07-01T00:00:00Z',
    args: ['--collateral', `@${GOOGLE}`],
    exit: 20,
    failures: ['evidence_malformed'],
  },
  { file: 'tdx/DEBUG-trustee-v4.quote.bin', at: TDX_AT, exit: 10, failures: ['debug_enabled'] },
  {
    file: 'tdx/trustee-v5-td15-nonzero-mrservicetd.quote.bin',
    at: TDX_AT,
    exit: 10,
    failures: ['tdx_mrservicetd_mismatch'],
  },
  ...(
    [
      ['mrtd', 'signature_invalid'],
      ['rtmr3', 'signature_invalid'],
      ['reportdata', 'signature_invalid'],
      ['tdattributes-debug', 'signature_invalid'],
      ['signature', 'signature_invalid'],
      ['qereport', 'intel_qe_report_signature_invalid'],
      ['attkey', 'signature_invalid'],
    ] as const
  ).map(
    ([name, failure]): Sample => ({
      file: `tdx/negative/phala-v4-${name}-bit-flipped.bin`,
      at: TDX_AT,
      args: TDX_COLLATERAL,
      exit: 10,
      failures: [failure],
    }),
  ),
  {
    file: 'tdx/negative/phala-v4-truncated.bin',
    at: TDX_AT,
    args: TDX_COLLATERAL,
    exit: 20,
    failures: ['evidence_malformed'],
  },
]

const SNP_AT = '2026-06-01T00:00:00Z'
const aci = (product: string, bundle: string): readonly string[] => [
  '--endorsement',
  `@snp/microsoft-aci-${product}/vcek.pem`,
  `@snp/microsoft-aci-${product}/ask.pem`,
  `@snp/roots/${bundle}.pem`,
  ...ARCHIVE,
]
const MILAN = (folder: string): readonly string[] => [
  '--endorsement',
  `@snp/${folder}/vcek.der`,
  '@snp/roots/ask_ark_milan.pem',
  ...ARCHIVE,
]
const TURIN = aci('turin-v5', 'ask_ark_turin_vcek')

const SNP: readonly Sample[] = [
  { file: 'snp/microsoft-aci-milan-v3/report.bin', at: SNP_AT, args: aci('milan-v3', 'ask_ark_milan'), exit: 0 },
  { file: 'snp/microsoft-aci-genoa-v3/report.bin', at: SNP_AT, args: aci('genoa-v3', 'ask_ark_genoa'), exit: 0 },
  { file: 'snp/microsoft-aci-turin-v5/report.bin', at: SNP_AT, args: TURIN, exit: 0 },
  { file: 'snp/virtee-milan-v2/report.bin', at: SNP_AT, args: MILAN('virtee-milan-v2'), exit: 0 },
  {
    file: 'snp/virtee-milan-v2/report.bin',
    at: SNP_AT,
    args: MILAN('virtee-milan-v2').slice(0, 3),
    exit: 0,
  },
  {
    file: 'snp/virtee-milan-v2/report.bin',
    at: SNP_AT,
    args: [...MILAN('virtee-milan-v2').slice(0, 3), ...INTEL_LIST],
    exit: 10,
    failures: ['crl_missing'],
    only: true,
  },
  {
    file: 'snp/virtee-milan-v2/report.bin',
    at: '2031-01-01T00:00:00Z',
    args: MILAN('virtee-milan-v2'),
    exit: 10,
    failures: ['x509_expired'],
    only: true,
  },
  {
    file: 'snp/virtee-milan-v2/report.bin',
    at: SNP_AT,
    args: aci('milan-v3', 'ask_ark_milan'),
    exit: 10,
    failures: ['snp_chip_id_mismatch'],
  },
  {
    file: 'snp/DEBUG-google-milan-v2/report.bin',
    at: '2024-06-01T00:00:00Z',
    args: MILAN('DEBUG-google-milan-v2'),
    exit: 10,
    failures: ['debug_enabled'],
    only: true,
  },
  ...['measurement', 'reportdata', 'chipid', 'reportedtcb', 'policy-debug', 'sig-r'].map(
    (name): Sample => ({
      file: `snp/negative/ms-turin-${name}-bit-flipped.bin`,
      at: SNP_AT,
      args: TURIN,
      exit: 10,
      failures: ['signature_invalid'],
    }),
  ),
  {
    file: 'snp/negative/ms-turin-truncated.bin',
    at: SNP_AT,
    args: TURIN,
    exit: 20,
    failures: ['evidence_malformed'],
  },
]

const AZURE: readonly Sample[] = [
  {
    file: 'azure-vtpm/snp-milan-evidence-v2.json',
    at: SNP_AT,
    args: ['--endorsement', '@snp/roots/ask_ark_milan.pem', ...ARCHIVE],
    exit: 0,
  },
  {
    file: 'azure-vtpm/snp-milan-evidence-v2.json',
    at: SNP_AT,
    args: ['--endorsement', '@snp/roots/ask_ark_milan.pem'],
    exit: 0,
  },
]

const inCorpus = (arg: string): string => (arg.startsWith('@') ? join(corpus, arg.slice(1)) : arg)

interface Result {
  readonly outcome: string
  readonly failures: readonly string[]
  readonly warnings: readonly string[]
  readonly claims: object | null
}

async function judged(args: readonly string[]): Promise<{ readonly code: number | null; readonly results: Result[] }> {
  const { code, stdout, stderr } = await run(['attest', 'verify', ...args, '--json'])
  assert.equal(stderr, '')
  return { code, results: (JSON.parse(stdout) as { results: Result[] }).results }
}

suite('the corpus', { concurrency: 2, skip }, () => {
  for (const { file, at, args = [], exit, failures = [], only = false } of [
    ...NITRO,
    ...SGX,
    ...TDX,
    ...SNP,
    ...AZURE,
  ]) {
    const how = args.filter((arg) => !arg.startsWith('an ')).length
    test(`${file} at ${at} with ${how} arguments: ${exit} ${failures.join(', ')}`, async () => {
      const { code, results } = await judged([join(corpus, file), '--at', at, ...args.map(inCorpus)])
      const [result] = results
      assert.ok(result && results.length === 1)
      assert.equal(code, exit, result.failures.join(', '))
      assert.equal(result.outcome, { 0: 'accepted', 10: 'rejected', 20: 'malformed' }[exit])
      for (const failure of failures) assert.ok(result.failures.includes(failure), result.failures.join(', '))
      if (only) assert.deepEqual(result.failures, failures)
      assert.equal(result.claims !== null, exit === 0)
      assert.match(result.warnings.join(), /HARDWARE ONLY/)
    })
  }

  test('a quote whose platform has no TCB level: without the bytes after it, that is the reason', async () => {
    const whole = readFileSync(join(corpus, GOOGLE, 'quote.bin'))
    const cut = join(temporaryFolder(), 'quote.bin')
    writeFileSync(cut, whole.subarray(0, whole.length - 39))
    const args = [cut, '--at', '2023-07-01T00:00:00Z', '--collateral', join(corpus, GOOGLE)]
    const { code, results } = await judged(args)
    assert.equal(code, 10)
    const failures = results[0]?.failures ?? []
    assert.ok(failures.includes('intel_tcb_level_missing'), failures.join(', '))
    assert.ok(failures.includes('tdx_sept_ve_not_disabled'), failures.join(', '))
  })

  test('as a stranger would have it: folders, text, flags before files, instants as lists write them', async () => {
    const folder = temporaryFolder()
    const copied = (path: string, form: 'hex' | 'base64'): string => {
      const copy = join(folder, `${form}-${path.replaceAll('/', '-')}.txt`)
      writeFileSync(
        copy,
        `${readFileSync(join(corpus, path))
          .toString(form)
          .replaceAll(/(.{64})/g, '$1\n')}\n`,
      )
      return copy
    }
    const roots = join(corpus, 'snp/roots')
    const aciMilan = join(corpus, 'snp/microsoft-aci-milan-v3')
    const collateral = join(corpus, 'tdx/phala-v4-uptodate/collateral.json')
    const quote = 'tdx/phala-v4-uptodate/quote.bin'
    const document = 'nitro/cape-2022-09-15-x25519-pubkey-nonce.cose'
    const accepted: readonly (readonly string[])[] = [
      [aciMilan, '--endorsement', roots, '--at', '2026-06-01'],
      [
        '--at',
        '2026-06-01T00:00:00.000Z',
        '--endorsement',
        roots,
        join(aciMilan, 'vcek.pem'),
        join(aciMilan, 'report.bin'),
      ],
      [
        '--tee',
        'snp',
        '--at',
        '1780272000',
        '--endorsement',
        roots,
        join(aciMilan, 'vcek.pem'),
        copied('snp/microsoft-aci-milan-v3/report.bin', 'hex'),
      ],
      [join(corpus, 'snp/virtee-milan-v2'), '--endorsement', roots, '--at', '2025-06-01T00:00:00'],
      [copied(document, 'base64'), '--tee', 'nitro', '--at', '2022-09-15T17:43:28'],
      [
        join(corpus, document),
        '--at',
        '2022-09-15 17:43:28Z',
        '--endorsement',
        join(corpus, 'nitro/AWS_NitroEnclaves_Root-G1.pem'),
      ],
      ['--collateral', collateral, copied(quote, 'base64'), '--at', TDX_AT, '--tee', 'tdx'],
      [
        '--at',
        TDX_AT,
        '--collateral',
        join(corpus, 'sgx/phala-v3-cfgswhardening/collateral.json'),
        collateral,
        copied(quote, 'hex'),
      ],
      [join(corpus, 'azure-vtpm'), '--tee', 'azure-vtpm', '--endorsement', roots, '--at', '2025-07-01'],
    ]
    for (const args of accepted) {
      const { code, results } = await judged(args)
      assert.equal(code, 0, `${args.join(' ')}: ${results.flatMap(({ failures }) => failures).join(', ')}`)
      assert.equal(results.length, 1)
    }
  })

  test('what is short is named, with what it means', async () => {
    const { stdout } = await run([
      'attest',
      'verify',
      join(corpus, 'sgx/phala-v3-cfgswhardening/quote.bin'),
      '--at',
      '2025-07-01T00:00:00Z',
      ...SGX_COLLATERAL.map(inCorpus),
    ])
    assert.match(stdout, /ConfigurationAndSWHardeningNeeded/)
    assert.match(stdout, /INTEL-SA-00289/)
    assert.match(stdout, /INTEL-SA-00615/)
  })

  test('several at once: the worst decides, and each is reported', async () => {
    const files = ['nitro/dstack-2025-12-25-indefinite-map.cose', 'nitro/DEBUG-cape-2022-07-14-x25519.cose']
    const paths = files.map((file) => join(corpus, file))
    const two = await judged([...paths, '--at', 'document', ...ARCHIVE])
    assert.equal(two.code, 10)
    assert.deepEqual(
      two.results.map(({ outcome }) => outcome),
      ['accepted', 'rejected'],
    )
    const three = await judged([
      ...paths,
      join(corpus, 'snp/negative/ms-turin-truncated.bin'),
      '--at',
      '1700000000',
      ...ARCHIVE,
    ])
    assert.equal(three.code, 20)
    assert.equal(three.results.length, 3)
  })

  test('a bundle says on its own what its parts said', async () => {
    const out = join(temporaryFolder(), 'bundle.json')
    const args = [join(corpus, 'tdx/phala-v4-uptodate/quote.bin'), '--at', TDX_AT, ...TDX_COLLATERAL.map(inCorpus)]
    assert.equal((await run(['attest', 'bundle', ...args, '--out', out])).code, 0)
    assert.equal((await judged([out, '--at', TDX_AT])).code, 0)
    assert.equal((await judged([out, '--at', '2025-07-19T10:00:36Z'])).code, 10)
  })
})
