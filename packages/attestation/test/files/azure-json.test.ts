/** Evidence of Azure VMs in every JSON that attestation agents have written. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { azureVm, intelMachine } from '../../../testkit/src/vendor-pki/index.ts'
import { azureVtpmAppraiser } from '../../src/azure-vtpm/appraiser.ts'
import { encodeHex } from '../../src/bytes/index.ts'
import { gatherEndorsements, readFile } from '../../src/files/index.ts'
import {
  appraisers,
  type EndorsementName,
  endorsement,
  hardwareOnlyPolicy,
  type Verdict,
  verify,
} from '../../src/index.ts'
import { snpAppraiser } from '../../src/snp/appraiser.ts'
import { tdxAppraiser } from '../../src/tdx/appraiser.ts'
import { writePem } from '../../src/x509/pem.ts'
import { mathematics, NOW } from '../fixtures.ts'

const ALL = Array.from({ length: 24 }, (_, index) => index)
const QUOTED_REPORT_DATA = 520
const TD_ATTRIBUTES = 120

const url = (bytes: Uint8Array): string =>
  `${Buffer.from(bytes).toString('base64url')}${'='.repeat((3 - (bytes.length % 3)) % 3)}`
const numbers = (bytes: Uint8Array): number[] => [...bytes]
const json = (value: object): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(value, null, 2)))

/** Of the quoted TD nothing is asked but that it is the one the paravisor's report is of. */
function tdReport(reportData: Uint8Array): Uint8Array {
  const report = new Uint8Array(1184)
  report.set(reportData, 128)
  return report
}

const snpVm = azureVm({ now: NOW, selected: ALL })
const { reportData } = azureVm({ now: NOW, selected: ALL, tdReport })
const intel = intelMachine({
  now: NOW,
  tee: 'tdx',
  body: (genuine) => {
    genuine.set(reportData, QUOTED_REPORT_DATA)
    // Without SEPT_VE_DISABLE, as Azure launches its TDs.
    genuine.fill(0, TD_ATTRIBUTES, TD_ATTRIBUTES + 8)
    return genuine
  },
})
const tdxVm = azureVm({ now: NOW, selected: ALL, tdReport, evidence: { tdQuote: intel.quote } })
const azure = azureVtpmAppraiser({ snp: snpAppraiser(snpVm.machine.roots), tdx: tdxAppraiser(intel.roots) })

const hexQuote = ({ evidence }: typeof snpVm): object => ({
  signature: encodeHex(evidence.signature),
  message: encodeHex(evidence.message),
  pcrs: evidence.pcrs.map(encodeHex),
})
const arrayQuote = ({ evidence }: typeof snpVm): object => ({
  signature: numbers(evidence.signature),
  message: numbers(evidence.message),
  pcrs: evidence.pcrs.map(numbers),
})
const [vcek = new Uint8Array()] = snpVm.machine.chain

const FORMS: Readonly<Record<string, object>> = {
  'SNP without a version': {
    quote: arrayQuote(snpVm),
    report: numbers(snpVm.evidence.hclReport),
    vcek: writePem(vcek, 'CERTIFICATE'),
  },
  'SNP version 1': {
    version: 1,
    tpm_quote: hexQuote(snpVm),
    hcl_report: url(snpVm.evidence.hclReport),
    vcek: url(vcek),
  },
  'SNP version 2': {
    version: 2,
    tpm_quote: hexQuote(snpVm),
    hcl_report: url(snpVm.evidence.hclReport),
    vcek: url(vcek),
  },
  'TDX without a version': {
    tpm_quote: arrayQuote(tdxVm),
    hcl_report: numbers(tdxVm.evidence.hclReport),
    td_quote: numbers(intel.quote),
  },
  'TDX version 1': {
    version: 1,
    tpm_quote: hexQuote(tdxVm),
    hcl_report: url(tdxVm.evidence.hclReport),
    td_quote: url(intel.quote),
  },
  'TDX version 2': {
    version: 2,
    tpm_quote: hexQuote(tdxVm),
    hcl_report: url(tdxVm.evidence.hclReport),
    td_quote: url(intel.quote),
  },
}

async function judge(file: Uint8Array): Promise<Verdict> {
  const content = readFile('evidence.json', file)
  assert.ok(content?.evidence)
  const nothing = { evidence: null, endorsements: [], collectedAt: null, certificates: [], crls: [] }
  const collateral = Object.entries(intel.collateral).map(([name, bytes]) =>
    endorsement(name as EndorsementName, bytes),
  )
  const pool = [
    content,
    { ...nothing, certificates: snpVm.machine.chain, crls: [snpVm.machine.revoke([])] },
    { ...nothing, endorsements: collateral },
  ]
  const endorsements = gatherEndorsements(content.evidence, [], pool)
  return verify(content.evidence, endorsements, hardwareOnlyPolicy('azure-vtpm'), NOW, mathematics, appraisers(azure))
}

suite('Azure agents', () => {
  for (const [name, form] of Object.entries(FORMS)) {
    test(`${name} is accepted, and not with one PCR of another value`, async () => {
      const verdict = await judge(json(form))
      assert.deepEqual(verdict.accepted ? [] : verdict.failures, [])
      const hexAltered = JSON.stringify(form).replace('1717171717', '1717171718')
      const altered =
        hexAltered === JSON.stringify(form) ? hexAltered.replace('23,23,23,23', '23,23,23,24') : hexAltered
      const rejected = await judge(new Uint8Array(Buffer.from(altered)))
      assert.deepEqual(rejected.accepted ? [] : rejected.failures, ['tpm_pcr_digest_mismatch'])
    })

    test(`${name} is refused with another member, or another version`, () => {
      assert.throws(() => readFile('a.json', json({ ...form, extra: 1 })), { code: 'field_unknown' })
      const other = json({ ...form, version: 3 })
      assert.throws(() => readFile('a.json', other), { code: /^field_/ })
    })
  }

  test('bytes that are none are refused', () => {
    const form = { quote: arrayQuote(snpVm), report: [1, 2, 256], vcek: '' }
    assert.throws(() => readFile('a.json', json(form)), { code: 'field_malformed' })
  })
})
