/** Intel SGX and TDX: every sample of the corpus gives the verdict it is listed with, at the time and for the reason it is listed with. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UP_TO_DATE } from '../src/index.ts'
import { absent, at, read } from './corpus.ts'
import { failures, type IntelSample, judge, SGX_HARDENING, TDX_NO_LEVEL, TDX_UP_TO_DATE } from './intel-samples.ts'

const skip = { skip: absent }

/** Codes of evidence that came without collateral, whose quote itself is genuine. */
const WITHOUT_COLLATERAL = ['intel_collateral_missing', 'crl_missing', 'chain_malformed', 'tcb_status_refused']

test(
  'TDX, version 4, up to date: accepted within its window, at both ends, and refused a second beyond',
  skip,
  async () => {
    const verdict = await judge(TDX_UP_TO_DATE)
    assert.ok(verdict.accepted)
    const { tcb, details } = verdict.claims
    assert.deepEqual([tcb?.status, tcb?.advisories], ['UpToDate', []])
    assert.deepEqual(
      tcb?.components.find(({ name }) => name === 'TDX module TDX_01'),
      {
        name: 'TDX module TDX_01',
        found: 6,
        required: 4,
      },
    )
    assert.ok(details.family === 'tdx')
    assert.equal(details.tcbEvaluationDataNumber, 17)
    const [begin, end] = [at('2025-06-19T10:32:27Z'), at('2025-07-19T10:00:35Z')]
    assert.deepEqual([verdict.validity?.notBefore, verdict.validity?.notAfter], [begin, end])
    assert.deepEqual(await failures({ ...TDX_UP_TO_DATE, now: begin }), [])
    assert.deepEqual(await failures({ ...TDX_UP_TO_DATE, now: end }), [])
    assert.deepEqual(await failures({ ...TDX_UP_TO_DATE, now: begin - 1 }), ['intel_qe_identity_not_yet_valid'])
    assert.deepEqual(await failures({ ...TDX_UP_TO_DATE, now: end + 1 }), ['crl_expired'])
  },
)

test('TDX, version 4: the 70 zero bytes after it are padding, and may be cut off', skip, async () => {
  const { quote } = TDX_UP_TO_DATE
  assert.deepEqual(await failures({ ...TDX_UP_TO_DATE, quote: quote.slice(0, -70) }), [])
  assert.deepEqual(await failures({ ...TDX_UP_TO_DATE, quote: quote.slice(0, -71) }), ['evidence_malformed'])
})

test(
  'SGX, version 3, hardening needed: refused for its status and advisories, accepted where they are',
  skip,
  async () => {
    const verdict = await judge({ ...SGX_HARDENING, tcb: UP_TO_DATE })
    assert.ok(!verdict.accepted)
    assert.deepEqual(verdict.failures, ['tcb_status_refused', 'advisory_not_allowed'])
    const { tcb, details } = verdict.unverifiedClaims ?? {}
    assert.equal(tcb?.status, 'ConfigurationAndSWHardeningNeeded')
    assert.deepEqual(tcb.advisories, ['INTEL-SA-00289', 'INTEL-SA-00615'])
    const short = tcb.components.filter(({ found, required }) => required !== null && found < required)
    assert.deepEqual(short, [{ name: 'SGX component 7', found: 0, required: 12 }])
    assert.ok(details?.family === 'sgx')
    assert.equal(details.tcbEvaluationDataNumber, 17)
    assert.deepEqual(
      [verdict.validity?.notBefore, verdict.validity?.notAfter],
      [at('2025-06-19T10:56:11Z'), at('2025-07-19T10:01:18Z')],
    )
    assert.deepEqual(await failures(SGX_HARDENING), [])
  },
)

test(
  'TDX, version 4, of no TCB level: refused for its trailing bytes; without them for its level and attributes',
  skip,
  async () => {
    assert.deepEqual(await failures(TDX_NO_LEVEL), ['evidence_malformed'])
    const verdict = await judge({ ...TDX_NO_LEVEL, quote: TDX_NO_LEVEL.quote.slice(0, -39) })
    assert.ok(!verdict.accepted)
    assert.deepEqual(verdict.failures, ['intel_tcb_level_missing', 'tcb_status_refused', 'tdx_sept_ve_not_disabled'])
    assert.deepEqual(
      [verdict.validity?.notBefore, verdict.validity?.notAfter],
      [at('2023-06-18T08:42:58Z'), at('2023-07-08T07:24:59Z')],
    )
  },
)

const ALONE: readonly (readonly [path: string, type: 'sgx' | 'tdx', ...codes: string[]])[] = [
  ['sgx/DEBUG-trustee-occlum-v3.quote.bin', 'sgx', ...WITHOUT_COLLATERAL, 'debug_enabled'],
  ['tdx/DEBUG-trustee-v4.quote.bin', 'tdx', ...WITHOUT_COLLATERAL, 'debug_enabled'],
  ['tdx/trustee-v5-td15-nonzero-mrservicetd.quote.bin', 'tdx', ...WITHOUT_COLLATERAL, 'tdx_mrservicetd_mismatch'],
]

for (const [path, type, ...codes] of ALONE) {
  test(`a quote without collateral: ${path}`, skip, async () => {
    const now = at('2025-07-01T00:00:00Z')
    const sample: IntelSample = { type, quote: read(path), endorsements: [], now, tcb: UP_TO_DATE }
    assert.deepEqual(await failures(sample), codes)
    const { checks } = await judge(sample)
    const passed = new Set(checks.flatMap(({ name, outcome }) => (outcome === 'passed' ? [name] : [])))
    for (const name of ['signature', 'intel_attestation_key', 'intel_qe_report_signature', 'root'] as const) {
      assert.ok(passed.has(name), name)
    }
  })
}

const DERIVED: readonly (readonly [what: string, ...codes: string[]])[] = [
  ['mrtd-bit-flipped', 'signature_invalid'],
  ['rtmr3-bit-flipped', 'signature_invalid'],
  ['reportdata-bit-flipped', 'signature_invalid'],
  ['tdattributes-debug-bit-flipped', 'signature_invalid', 'debug_enabled'],
  ['signature-bit-flipped', 'signature_invalid'],
  ['qereport-bit-flipped', 'intel_qe_report_signature_invalid'],
  ['attkey-bit-flipped', 'intel_attestation_key_mismatch', 'signature_invalid'],
  ['truncated', 'evidence_malformed'],
]

for (const [what, ...codes] of DERIVED) {
  test(`one mutation of the genuine TDX quote: ${what}`, skip, async () => {
    const found = await failures({ ...TDX_UP_TO_DATE, quote: read(`tdx/negative/phala-v4-${what}.bin`) })
    for (const code of codes) assert.ok(found.includes(code), `${code} not in ${found.join(', ')}`)
  })
}
