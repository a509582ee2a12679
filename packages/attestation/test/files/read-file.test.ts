import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amdMachine, azureVm, makeCertificate, nitroEnclave, vendorKey } from '../../../testkit/src/vendor-pki/index.ts'
import { intelMachine, type MadeCollateralName } from '../../../testkit/src/vendor-pki/intel.ts'
import type { Appraiser } from '../../src/appraiser.ts'
import { azureVtpmAppraiser } from '../../src/azure-vtpm/appraiser.ts'
import { encodeBase64, encodeHex } from '../../src/bytes/index.ts'
import { type FileContent, gatherEndorsements, readFile } from '../../src/files/index.ts'
import {
  AttestationError,
  appraisers,
  documentTime,
  endorsement,
  formatBundle,
  type HardwareFamily,
  hardwareOnlyPolicy,
  type Verdict,
  verify,
} from '../../src/index.ts'
import { nitroAppraiser } from '../../src/nitro/appraiser.ts'
import { snpAppraiser } from '../../src/snp/appraiser.ts'
import { tdxAppraiser } from '../../src/tdx/appraiser.ts'
import { writePem } from '../../src/x509/pem.ts'
import { mathematics, NOW } from '../fixtures.ts'

type Files = Readonly<Record<string, Uint8Array>>

const text = (written: string): Uint8Array => new Uint8Array(Buffer.from(written))
const certificates = (...chain: readonly Uint8Array[]): Uint8Array =>
  text(chain.map((der) => writePem(der, 'CERTIFICATE')).join(''))
const crl = (der: Uint8Array): Uint8Array => text(writePem(der, 'X509 CRL'))

/** Reads all files, and judges the one piece of evidence among them as genuine hardware. */
async function judge(files: Files, appraiser: Appraiser): Promise<Verdict> {
  const read = Object.entries(files).map(([name, bytes]): FileContent => {
    const content = readFile(name, bytes)
    assert.ok(content, name)
    return content
  })
  const found = read.filter(({ evidence }) => evidence)
  const [one] = found
  assert.ok(one?.evidence && found.length === 1)
  const others = read.filter((content) => content !== one)
  const own = [{ ...one, endorsements: [] }, ...others]
  const endorsements = gatherEndorsements(one.evidence, one.endorsements, own)
  const policy = hardwareOnlyPolicy(one.evidence.type as HardwareFamily)
  return verify(one.evidence, endorsements, policy, NOW, mathematics, appraisers(appraiser))
}

async function assertAccepted(files: Files, appraiser: Appraiser): Promise<void> {
  const verdict = await judge(files, appraiser)
  assert.deepEqual(verdict.accepted ? [] : verdict.failures, [])
}

const machine = amdMachine({ now: NOW })
const [vcek = new Uint8Array(), ask = new Uint8Array(), ark = new Uint8Array()] = machine.chain
const snp = snpAppraiser(machine.roots)
const stranger = makeCertificate({
  subject: 'stranger',
  key: vendorKey('p384', 'stranger'),
  ca: {},
  notBefore: NOW - 9,
  notAfter: NOW + 9,
})

const AMD: Readonly<Record<string, Files>> = {
  'DER and PEM, in any order': {
    'crl.der': machine.revoke([]),
    'chain.pem': certificates(ark, ask),
    'vcek.der': vcek,
    'report.bin': machine.report,
  },
  'certificates twice, and one of somebody else': {
    'all.pem': certificates(vcek, ask, ark, stranger.der),
    'again.pem': certificates(ask, ark),
    'crl.pem': crl(machine.revoke([])),
    'report.bin': machine.report,
  },
  'as Azure’s metadata service has them': {
    'thim.json': text(
      JSON.stringify({
        vcekCert: writePem(vcek, 'CERTIFICATE'),
        tcbm: 'DB18000000000004',
        certificateChain: Buffer.from(certificates(ask, ark)).toString(),
        cacheControl: '86400',
      }),
    ),
    'crl.der': machine.revoke([]),
    'report.hex': text(`${encodeHex(machine.report)}\n`),
  },
  'the report in base64, with line ends': {
    'chain.pem': certificates(vcek, ask, ark),
    'crl.der': machine.revoke([]),
    'report.txt': text(encodeBase64(machine.report).replaceAll(/(.{76})/g, '$1\n')),
  },
}

for (const [what, files] of Object.entries(AMD)) {
  test(`SNP: ${what}`, async () => {
    await assertAccepted(files, snp)
    const { 'crl.der': _, 'crl.pem': __, ...without } = files
    const verdict = await judge(without, snp)
    assert.deepEqual(verdict.accepted ? [] : verdict.failures, ['crl_missing'])
  })
}

test('SNP: revoked is revoked, and a list of another root is as good as none', async () => {
  const files = { 'report.bin': machine.report, 'chain.pem': certificates(vcek, ask, ark) }
  const revoked = await judge({ ...files, 'crl.der': machine.revoke([machine.intermediate.serial]) }, snp)
  assert.ok(!revoked.accepted && revoked.failures.includes('x509_revoked'))
  const other = amdMachine({ now: NOW, product: 'Genoa' })
  const elsewhere = await judge({ ...files, 'crl.der': other.revoke([]) }, snp)
  assert.deepEqual(elsewhere.accepted ? [] : elsewhere.failures, ['crl_missing'])
})

test('Nitro: the document, and the lists of its CAs wherever they lie', async () => {
  const made = nitroEnclave({ now: NOW })
  const [root = new Uint8Array(), region = new Uint8Array()] = made.crls()
  const files = { 'document.cose': made.document, 'a.crl': region, 'b.pem': crl(root) }
  await assertAccepted({ ...files, 'amd.crl': machine.revoke([]) }, nitroAppraiser(made.roots))
  assert.equal(documentTime({ type: 'nitro', quote: made.document }), NOW - 1)
  assert.equal(documentTime({ type: 'nitro', quote: made.document.subarray(1) }), null)
  assert.equal(documentTime({ type: 'snp', quote: machine.report }), null)
})

const intel = intelMachine({ now: NOW, tee: 'tdx' })
const tdx = tdxAppraiser(intel.roots)
const PIECES: Readonly<Record<MadeCollateralName, string>> = {
  'tcb-info': 'tcbInfo.json',
  'tcb-info-issuer-chain': 'tcbInfoIssuerChain.pem',
  'qe-identity': 'qeIdentity.json',
  'qe-identity-issuer-chain': 'qeIdentityIssuerChain.pem',
  'pck-crl': 'pckCrl.der',
  'pck-crl-issuer-chain': 'pckCrlIssuerChain.pem',
  'root-ca-crl': 'rootCaCrl.der',
}
const pieces = Object.fromEntries(
  Object.entries(intel.collateral).map(([name, bytes]) => [PIECES[name as MadeCollateralName], bytes]),
)

test('TDX: collateral as separate files, by their names', async () => {
  await assertAccepted({ ...pieces, 'quote.bin': intel.quote }, tdx)
  for (const name of ['tcbInfo.json', 'qeIdentity.json', 'pckCrl.der', 'rootCaCrl.der']) {
    const files: Files = { ...pieces, 'quote.bin': intel.quote }
    const { [name]: _, ...without } = files
    const verdict = await judge(without, tdx)
    assert.ok(!verdict.accepted && verdict.failures.includes('intel_collateral_missing'), name)
  }
})

test('TDX: issuer chains as they stand in the answers’ headers, and CRLs in hexadecimal or PEM', async () => {
  const header = encodeURIComponent(Buffer.from(intel.collateral['tcb-info-issuer-chain']).toString())
  const files = {
    ...pieces,
    'tcbInfoIssuerChain.pem': text(`${header}\n`),
    'pckCrl.der': crl(intel.collateral['pck-crl']),
    'rootCaCrl.der': text(encodeHex(intel.collateral['root-ca-crl'])),
    'quote.bin': intel.quote,
  }
  await assertAccepted(files, tdx)
})

test('TDX: collateral under other names, told apart by what it is', async () => {
  const { collateral } = intel
  const files = {
    'q.bin': intel.quote,
    'a.json': collateral['tcb-info'],
    'b.json': collateral['qe-identity'],
    'c.pem': collateral['tcb-info-issuer-chain'],
    'd.crl': collateral['pck-crl'],
    'e.crl': collateral['root-ca-crl'],
  }
  await assertAccepted(files, tdx)
})

test('a bundle needs nothing beside it, and what lies beside it does no harm', async () => {
  const endorsements = Object.entries(intel.collateral).map(([name, bytes]) =>
    endorsement(name as MadeCollateralName, bytes),
  )
  const evidence = { type: 'tdx', quote: intel.quote, binding: null }
  const bundle = formatBundle({ evidence, endorsements, collectedAt: NOW })
  await assertAccepted({ 'bundle.json': bundle }, tdx)
  await assertAccepted({ 'bundle.json': bundle, ...pieces, 'crl.der': machine.revoke([]) }, tdx)
  assert.equal(readFile('bundle.json', bundle)?.collectedAt, NOW)
})

test('Azure: our own form, and that of attestation agents', async () => {
  const vm = azureVm({ now: NOW, selected: Array.from({ length: 24 }, (_, index) => index) })
  const azure = azureVtpmAppraiser({ snp: snpAppraiser(vm.machine.roots), tdx })
  const rest = { 'chain.pem': certificates(...vm.machine.chain), 'crl.der': vm.machine.revoke([]) }
  await assertAccepted({ 'evidence.json': vm.quote, ...rest }, azure)
  const { hclReport, message, signature, pcrs } = vm.evidence
  const [leaf = new Uint8Array(), ...cas] = vm.machine.chain
  const url = (bytes: Uint8Array): string => encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_')
  const agent = {
    version: 2,
    tpm_quote: { signature: encodeHex(signature), message: encodeHex(message), pcrs: pcrs.map(encodeHex) },
    hcl_report: url(hclReport),
    vcek: url(leaf),
  }
  const crls = { 'crl.der': vm.machine.revoke([]) }
  await assertAccepted({ 'a.json': text(JSON.stringify(agent)), 'cas.pem': certificates(...cas), ...crls }, azure)
  const version3 = text(JSON.stringify({ ...agent, version: 3 }))
  assert.throws(() => readFile('a.json', version3), { code: 'field_malformed' })
})

test('what is nothing is nothing, unless the family is said; what is malformed is refused', () => {
  for (const bytes of [new Uint8Array(), text('a note'), text('{"a":1}'), new Uint8Array(2000).fill(9)]) {
    assert.equal(readFile('x', bytes), null)
  }
  const truncated = machine.report.subarray(0, 1000)
  assert.equal(readFile('x', truncated)?.evidence?.type, 'snp')
  assert.equal(readFile('x', new Uint8Array(2000).fill(9), 'nitro')?.evidence?.type, 'nitro')
  const malformed: Files = {
    'half.pem': certificates(vcek).subarray(0, 400),
    'not.der': Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x00),
    'bad.json': text('{"evidence_type":'),
    'tcbInfoIssuerChain.json': text('{"mediaType":"x","endorsements":[]}'),
    'large.bin': new Uint8Array(4_194_305),
  }
  for (const [name, bytes] of Object.entries(malformed)) {
    assert.throws(
      () => readFile(name, bytes),
      (error: unknown) => error instanceof AttestationError,
      name,
    )
  }
})

test('whatever bytes come: content, nothing, or an error of ours', () => {
  const seeds = [machine.report, vcek, intel.quote, certificates(vcek), azureVm({ now: NOW }).quote, machine.revoke([])]
  for (const seed of seeds) {
    for (let at = 0; at < seed.length; at += 7) {
      const altered = seed.slice(0, at % 3 === 0 ? at : seed.length)
      if (at < altered.length) altered[at] = (altered[at] ?? 0) ^ (1 << (at % 8))
      try {
        readFile('x', altered)
      } catch (error) {
        assert.ok(error instanceof AttestationError, String(error))
      }
    }
  }
})
