import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MadeDocument } from '../../../testkit/src/vendor-pki/intel.ts'
import { skip, type TcbStatus } from '../../src/index.ts'
import { converge } from '../../src/intel/tcb-status.ts'
import { TCB_STATUSES } from '../../src/tcb.ts'
import { type Alteration, failures, found, judge, levels, members, put } from './machines.ts'

const PLATFORM = [8, 8, 3, 3, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]

async function tcbOf(alteration: Alteration): Promise<readonly [status: TcbStatus | null, ...advisories: string[]]> {
  const verdict = await judge({
    ...alteration,
    sgx: { tcb: skip('judged by the test') },
    tdx: { tcb: skip('judged by the test') },
  })
  const { tcb } = verdict.accepted ? verdict.claims : (verdict.unverifiedClaims ?? { tcb: null })
  return [tcb?.status ?? null, ...(tcb?.advisories ?? [])]
}

const LEVELS: readonly (readonly [what: string, alteration: Alteration, ...tcb: readonly (string | null)[]])[] = [
  ['all versions reached', {}, 'UpToDate'],
  [
    'versions beyond the newest level',
    { platform: { components: PLATFORM.map((svn) => svn + 1), pceSvn: 14 } },
    'UpToDate',
  ],
  ['one component short', { platform: { components: PLATFORM.with(2, 2) } }, 'SWHardeningNeeded', 'INTEL-SA-00615'],
  [
    'two levels short',
    { platform: { components: PLATFORM.with(0, 7).with(2, 2) } },
    'OutOfDate',
    'INTEL-SA-00615',
    'INTEL-SA-00828',
  ],
  ['below every level', { platform: { components: PLATFORM.with(7, 4) } }, null],
  ['the PCE below every level', { platform: { pceSvn: 12 } }, null],
  [
    'a high component that is no excuse for a low one',
    { platform: { components: PLATFORM.with(2, 2).with(3, 255) } },
    'SWHardeningNeeded',
    'INTEL-SA-00615',
  ],
  ['a quoting enclave out of date', { qeReport: put(258, 6, 0) }, 'OutOfDate', 'INTEL-SA-00477'],
  ['a quoting enclave of no level', { qeReport: put(258, 5, 0) }, null],
]

for (const tee of ['sgx', 'tdx'] as const) {
  for (const [what, alteration, ...tcb] of LEVELS) {
    test(`level of ${tee}: ${what}`, async () => {
      assert.deepEqual(await tcbOf({ ...alteration, tee }), tcb)
    })
  }
}

const isvsvn = (svn: number): ((body: Uint8Array) => Uint8Array) => put(0, svn)

const TDX: readonly (readonly [what: string, alteration: Alteration, ...tcb: readonly (string | null)[]])[] = [
  ['microcode short', { body: put(2, 2) }, 'SWHardeningNeeded', 'INTEL-SA-00615'],
  ['microcode below every level', { body: put(2, 1) }, null],
  ['a module out of date', { body: isvsvn(5) }, 'OutOfDate', 'INTEL-SA-01036'],
  ['a module of no level', { body: isvsvn(1) }, null],
  ['a module nobody knows', { body: put(1, 2) }, null],
  ['a module of version 0, judged by the level', { body: put(0, 5, 0) }, 'UpToDate'],
  ['a module of version 0, short', { body: put(0, 4, 0) }, 'OutOfDate', 'INTEL-SA-00615', 'INTEL-SA-00828'],
  ['a module of version 0, below every level', { body: put(0, 3, 0) }, null],
]

for (const [what, alteration, ...tcb] of TDX) {
  test(`level of tdx: ${what}`, async () => {
    assert.deepEqual(await tcbOf(alteration), tcb)
  })
}

test('codes of a module that is not to be believed', async () => {
  assert.deepEqual(await failures({ body: put(1, 2) }), ['tdx_module_unknown', 'tcb_status_refused'])
  assert.deepEqual(await failures({ body: isvsvn(1) }), ['tdx_module_level_missing', 'tcb_status_refused'])
  assert.deepEqual(await failures({ body: put(64, 1) }), ['tdx_module_signer_mismatch'])
  assert.deepEqual(await failures({ body: put(112, 1) }), ['tdx_module_signer_mismatch'])
  assert.deepEqual(await failures({ body: (body) => put(112, 1)(put(0, 5, 0)(body)) }), ['tdx_module_signer_mismatch'])
})

test('TCB info of version 2, whose components are flat, judges SGX', async () => {
  const flat = (document: MadeDocument): MadeDocument =>
    levels((all) =>
      all.map((level) => {
        const { sgxtcbcomponents, pcesvn } = level['tcb'] as { sgxtcbcomponents: { svn: number }[]; pcesvn: number }
        const named = sgxtcbcomponents.map(
          ({ svn }, at) => [`sgxtcbcomp${String(at + 1).padStart(2, '0')}svn`, svn] as const,
        )
        return { ...level, tcb: { ...Object.fromEntries<unknown>(named), pcesvn } }
      }),
    )(members({ version: 2, id: undefined })(document))
  assert.deepEqual(await tcbOf({ tee: 'sgx', tcbInfo: flat }), ['UpToDate'])
  const short = await tcbOf({ tee: 'sgx', tcbInfo: flat, platform: { components: PLATFORM.with(2, 2) } })
  assert.deepEqual(short, ['SWHardeningNeeded', 'INTEL-SA-00615'])
  assert.ok((await failures({ tee: 'tdx', tcbInfo: flat })).includes('intel_tcb_info_of_other_tee'))
})

test('the verdict names the component that is short and the advisories it means', async () => {
  const alteration: Alteration = { platform: { components: PLATFORM.with(2, 2) } }
  assert.deepEqual(await failures(alteration), ['tcb_status_refused', 'advisory_not_allowed'])
  assert.equal(await found(alteration, 'tcb_status'), 'SWHardeningNeeded; SGX component 3 (TXT SINIT) is 2, needs 3')
  assert.equal(await found(alteration, 'advisories'), 'INTEL-SA-00615')
  assert.match(
    await found({ platform: { components: PLATFORM.with(7, 4) } }, 'intel_tcb_level'),
    /none; for the lowest: SGX component 8 is 4, needs 5/,
  )
})

test('statuses and advisories are accepted as the policy says, for the measurement it says', async () => {
  const short: Alteration = { tee: 'sgx', platform: { components: PLATFORM.with(2, 2) } }
  const accepted = { statuses: ['UpToDate', 'SWHardeningNeeded'], advisories: ['INTEL-SA-00615'] } as const
  assert.deepEqual(await failures({ ...short, sgx: { tcb: accepted } }), [])
  assert.deepEqual(await failures({ ...short, sgx: { tcb: { ...accepted, advisories: [] } } }), [
    'advisory_not_allowed',
  ])
  assert.deepEqual(await failures({ ...short, sgx: { tcb: { ...accepted, statuses: ['UpToDate'] } } }), [
    'tcb_status_refused',
  ])

  const ours = { MRENCLAVE: new Uint8Array(32).fill(0xa1) }
  const another = { MRENCLAVE: new Uint8Array(32).fill(0xa2) }
  assert.deepEqual(await failures({ ...short, sgx: { measurements: [{ registers: ours, tcb: accepted }] } }), [])
  const elsewhere = [{ registers: another, tcb: accepted }, { registers: ours }]
  assert.deepEqual(await failures({ ...short, sgx: { measurements: elsewhere } }), [
    'tcb_status_refused',
    'advisory_not_allowed',
  ])
})

test('a revoked level is refused though the policy skips levels', async () => {
  const revoke = levels((all) => all.map((level) => ({ ...level, tcbStatus: 'Revoked' })))
  assert.deepEqual(await failures({ tcbInfo: revoke, tdx: { tcb: skip('any level') } }), ['tcb_status_refused'])
  const revokeQe = { qeIdentity: revoke, tdx: { tcb: skip('any level') } }
  assert.deepEqual(await failures(revokeQe), ['tcb_status_refused'])
})

/** A TD launched under module 1.05, on a platform that meanwhile has `now` in TEE_TCB_SVN_2. */
const launchedOld = (...later: readonly number[]): Alteration => ({
  version: 5,
  body: (body) => put(584, ...later)(put(0, 5)(body)),
})
const configured = levels((all) => all.map((level) => ({ ...level, tcbStatus: 'ConfigurationNeeded' })))

/** The newest module all along, and microcode that was brought up to date since: it is the module alone that relaunching mends. */
const launchedMicrocode: Alteration = { version: 5, body: put(2, 2) }
const microcodeOutOfDate = levels((all) =>
  all.map((level, at) => (at === 1 ? { ...level, tcbStatus: 'OutOfDate' } : level)),
)

/** The newest level asks for version `svn` of the TDX component at `index`. */
const asking = (index: number, svn: number) =>
  levels((all) =>
    all.map((level, at) => {
      const tcb = level['tcb'] as { readonly tdxtcbcomponents: readonly object[] }
      const tdxtcbcomponents = tcb.tdxtcbcomponents.with(index, { svn })
      return at === 0 ? { ...level, tcb: { ...tcb, tdxtcbcomponents } } : level
    }),
  )

const RELAUNCH: readonly (readonly [what: string, alteration: Alteration, status: TcbStatus])[] = [
  ['module and microcode mended since', launchedOld(6, 1, 3), 'TDRelaunchAdvised'],
  [
    'so, and configuration needed',
    { ...launchedOld(6, 1, 3), tcbInfo: configured },
    'TDRelaunchAdvisedConfigurationNeeded',
  ],
  ['mended by a module of version 0', launchedOld(5, 0, 3), 'TDRelaunchAdvised'],
  ['module still old', launchedOld(5, 1, 3), 'OutOfDate'],
  ['microcode still old', launchedOld(6, 1, 2), 'OutOfDate'],
  ['another component still old', { ...launchedOld(6, 1, 3), tcbInfo: asking(3, 1) }, 'OutOfDate'],
  ['a module nobody knows since', launchedOld(6, 2, 3), 'OutOfDate'],
  ['the quoting enclave out of date as well', { ...launchedOld(6, 1, 3), qeReport: put(258, 6, 0) }, 'OutOfDate'],
  [
    'the platform out of date as well',
    { ...launchedOld(6, 1, 3), platform: { components: PLATFORM.with(0, 7) } },
    'OutOfDate',
  ],
  ['TDX 1.0, which cannot tell', { body: put(0, 5) }, 'OutOfDate'],
  ['microcode old, but never the module', { ...launchedMicrocode, tcbInfo: microcodeOutOfDate }, 'OutOfDate'],
]

for (const [what, alteration, status] of RELAUNCH) {
  test(`a TD launched under an old module: ${what}`, async () => {
    assert.equal((await tcbOf(alteration))[0], status)
  })
}

test('a TD that should be launched again is refused unless the policy says otherwise', async () => {
  const old = launchedOld(6, 1, 3)
  assert.deepEqual(await failures(old), ['tcb_status_refused', 'advisory_not_allowed'])
  const tcb = { statuses: ['TDRelaunchAdvised'], advisories: ['INTEL-SA-01036'] } as const
  assert.deepEqual(await failures({ ...old, tdx: { tcb } }), [])
})

test('no part makes a platform look better, and revocation always wins', () => {
  const rank = (status: TcbStatus): number =>
    status === 'Revoked' ? 3 : status.startsWith('OutOfDate') ? 2 : status === 'UpToDate' ? 0 : 1
  const any = fc.constantFrom(...TCB_STATUSES)
  const part = fc.constantFrom<TcbStatus[]>('UpToDate', 'OutOfDate', 'Revoked', 'ConfigurationNeeded')
  fc.assert(
    fc.property(any, part, (platform, of) => {
      const both = converge(platform, of)
      assert.ok(rank(both) >= rank(platform))
      assert.equal(both === 'Revoked', platform === 'Revoked' || of === 'Revoked')
      if (of === 'UpToDate') assert.equal(both, platform)
      if (platform === 'UpToDate' && of !== 'UpToDate') assert.ok(rank(both) >= 2)
      assert.equal(both.includes('Configuration'), both !== 'Revoked' && needsConfiguration(platform, of))
    }),
  )
})

function needsConfiguration(platform: TcbStatus, part: TcbStatus): boolean {
  return platform.includes('Configuration') && (part !== 'Revoked' || platform === 'Revoked')
}

test('a platform with higher versions never has a lower level', async () => {
  const order: readonly (string | null)[] = ['UpToDate', 'SWHardeningNeeded', 'OutOfDate', null]
  const svn = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 16, maxLength: 16 })
  await fc.assert(
    fc.asyncProperty(svn, fc.nat(15), async (components, raised) => {
      const [before] = await tcbOf({ platform: { components } })
      const [after] = await tcbOf({
        platform: { components: components.map((one, at) => (at === raised ? 200 : one)) },
      })
      assert.ok(order.indexOf(after) <= order.indexOf(before))
    }),
    { numRuns: 25 },
  )
})
