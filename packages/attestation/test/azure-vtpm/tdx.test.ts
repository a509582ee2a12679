/** Azure's vTPM over TDX: a paravisor in a trust domain, judged by the TDX appraiser itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { azureVm, intelMachine } from '../../../testkit/src/vendor-pki/index.ts'
import { azureVtpmAppraiser } from '../../src/azure-vtpm/appraiser.ts'
import type { AzureVtpmPolicy } from '../../src/azure-vtpm/policy.ts'
import {
  appraisers,
  type EndorsementName,
  endorsement,
  type FailureCode,
  skip,
  type TcbAcceptance,
  type Verdict,
  verify,
} from '../../src/index.ts'
import { snpAppraiser } from '../../src/snp/appraiser.ts'
import { tdxAppraiser } from '../../src/tdx/appraiser.ts'
import type { TdxPolicy } from '../../src/tdx/policy.ts'
import { TDX } from '../intel/machines.ts'
import { mathematics } from '../mathematics.ts'
import { NOW, policyOf } from '../snp/machines.ts'

/** Of the report data in a TDREPORT, and in the report a quote carries. */
const TD_REPORT_DATA = 128
const QUOTED_REPORT_DATA = 520

interface Alteration {
  readonly tdx?: Partial<TdxPolicy>
  /** Of the trust domain's report, before it is quoted. */
  readonly body?: (body: Uint8Array) => Uint8Array
  readonly hcl?: readonly (readonly [offset: number, bytes: readonly number[]])[]
  readonly measurements?: AzureVtpmPolicy['measurements']
  readonly withoutCollateral?: true
}

async function judge({
  measurements = skip('not asked for here'),
  tdx = {},
  body,
  hcl = [],
  withoutCollateral,
}: Alteration = {}): Promise<Verdict> {
  const options = { now: NOW, tdReport, hcl }
  const { reportData } = azureVm(options)
  const machine = intelMachine({
    now: NOW,
    tee: 'tdx',
    body: (genuine) => {
      genuine.set(reportData, QUOTED_REPORT_DATA)
      return body?.(genuine) ?? genuine
    },
  })
  const { quote } = azureVm({ ...options, evidence: { tdQuote: machine.quote } })
  const collateral = Object.entries(machine.collateral).map(([name, bytes]) =>
    endorsement(name as EndorsementName, bytes),
  )
  return verify(
    { type: 'azure-vtpm', quote, binding: null },
    withoutCollateral ? [] : collateral,
    {
      ...policyOf(),
      families: {
        'azure-vtpm': {
          measurements,
          platforms: TDX.platforms,
          snp: 'refused',
          tdx: { ...TDX, ...tdx },
          secureBoot: 'required',
        },
      },
    },
    NOW,
    mathematics,
    appraisers(
      azureVtpmAppraiser({ snp: snpAppraiser({ Milan: [], Genoa: [], Turin: [] }), tdx: tdxAppraiser(machine.roots) }),
    ),
  )
}

async function failures(alteration: Alteration): Promise<readonly FailureCode[]> {
  const verdict = await judge(alteration)
  return verdict.accepted ? [] : verdict.failures
}

test('a paravisor in a trust domain is accepted, its MRTD the measurement of the hardware', async () => {
  const verdict = await judge()
  assert.deepEqual(
    verdict.checks.filter(({ outcome }) => outcome === 'failed'),
    [],
  )
  assert.ok(verdict.accepted && verdict.claims.details.family === 'azure-vtpm')
  const { details, platform, tcb } = verdict.claims
  assert.equal(details.hardware.family, 'tdx')
  assert.deepEqual(details.hardwareMeasurement, new Uint8Array(48).fill(0x22))
  assert.equal(platform?.kind, 'ppid')
  assert.equal(tcb?.status, 'UpToDate')
})

test('rejected: a quote of another report than the paravisor asked for', async () => {
  const body = (genuine: Uint8Array): Uint8Array =>
    genuine.with(QUOTED_REPORT_DATA, (genuine[QUOTED_REPORT_DATA] ?? 0) ^ 1)
  assert.deepEqual(await failures({ body }), ['azure_claims_hash_mismatch', 'azure_td_report_mismatch'])
})

test('rejected: a TDREPORT that is not the one quoted', async () => {
  assert.deepEqual(await failures({ hcl: [[32 + TD_REPORT_DATA + 63, [1]]] }), ['azure_td_report_mismatch'])
})

test('rejected: a byte between the TDREPORT and the claims', async () => {
  assert.ok((await failures({ hcl: [[32 + 1024, [1]]] })).includes('azure_hcl_malformed'))
})

test('a VM that asks for a judgement is held to the one on its hardware', async () => {
  const registers = { PCR0: new Uint8Array(32) }
  const of = (...statuses: TcbAcceptance['statuses']): Alteration => ({
    measurements: [{ registers, tcb: { statuses, advisories: [] } }],
  })
  assert.deepEqual(await failures(of('UpToDate')), [])
  assert.deepEqual(await failures(of('SWHardeningNeeded')), ['tcb_status_refused'])
})

test('rejected: another paravisor', async () => {
  const measurements = [{ registers: { MRTD: new Uint8Array(48) } }]
  assert.ok((await failures({ tdx: { measurements } })).includes('azure_hardware_measurement_unknown'))
})

test('rejected: debug', async () => {
  const found = await failures({ body: (genuine) => genuine.with(120, 1) })
  assert.ok(found.includes('debug_enabled'))
})

test('rejected: no collateral', async () => {
  assert.ok((await failures({ withoutCollateral: true })).includes('intel_collateral_missing'))
})

function tdReport(reportData: Uint8Array): Uint8Array {
  const report = new Uint8Array(1024)
  report.set(reportData, TD_REPORT_DATA)
  return report
}
