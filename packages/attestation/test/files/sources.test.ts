import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amdMachine, nitroEnclave } from '../../../testkit/src/vendor-pki/index.ts'
import { intelMachine } from '../../../testkit/src/vendor-pki/intel.ts'
import type { Appraiser } from '../../src/appraiser.ts'
import { type Source, vendorSources } from '../../src/files/index.ts'
import { appraisers, type HardwareFamily, hardwareOnlyPolicy, verify } from '../../src/index.ts'
import { nitroAppraiser } from '../../src/nitro/appraiser.ts'
import { snpAppraiser } from '../../src/snp/appraiser.ts'
import { tdxAppraiser } from '../../src/tdx/appraiser.ts'
import { mathematics, NOW } from '../fixtures.ts'

/** Of evidence with nothing beside it, as it is when somebody asks where the rest is. */
async function sources(type: HardwareFamily, quote: Uint8Array, appraiser: Appraiser): Promise<readonly Source[]> {
  const evidence = { type, quote, binding: null }
  const verdict = await verify(evidence, [], hardwareOnlyPolicy(type), NOW, mathematics, appraisers(appraiser))
  assert.ok(!verdict.accepted && verdict.unverifiedClaims)
  return vendorSources(evidence, verdict.unverifiedClaims)
}

test('AMD: the key of this chip with this firmware, its chain and the list', async () => {
  const { report, roots } = amdMachine({ now: NOW, product: 'Turin' })
  const found = await sources('snp', report, snpAppraiser(roots))
  assert.deepEqual(found, [
    {
      file: 'vcek.der',
      url: 'https://kdsintf.amd.com/vcek/v1/Turin/0102030405060708?fmcSPL=1&blSPL=2&teeSPL=3&snpSPL=4&ucodeSPL=81',
    },
    { file: 'cert_chain.pem', url: 'https://kdsintf.amd.com/vcek/v1/Turin/cert_chain' },
    { file: 'crl.der', url: 'https://kdsintf.amd.com/vcek/v1/Turin/crl' },
  ])
  const vlek = amdMachine({ now: NOW, kind: 'vlek' })
  const ofCloud = await sources('snp', vlek.report, snpAppraiser(vlek.roots))
  assert.deepEqual(
    ofCloud.map(({ url }) => url),
    ['https://kdsintf.amd.com/vlek/v1/Milan/cert_chain', 'https://kdsintf.amd.com/vlek/v1/Milan/crl'],
  )
})

test('Intel: the collateral of this platform, saved under the names it is read by', async () => {
  const { quote, roots } = intelMachine({ now: NOW, tee: 'tdx' })
  const found = await sources('tdx', quote, tdxAppraiser(roots))
  assert.deepEqual(
    found.map(({ file, header }) => [file, header?.file]),
    [
      ['tcbInfo.json', 'tcbInfoIssuerChain.pem'],
      ['qeIdentity.json', 'qeIdentityIssuerChain.pem'],
      ['pckCrl.der', undefined],
      ['rootCaCrl.der', undefined],
    ],
  )
  assert.match(found[0]?.url ?? '', /\/tdx\/certification\/v4\/tcb\?fmspc=00906ed50000$/)
  assert.match(found[2]?.url ?? '', /ca=platform&encoding=der$/)
})

test('AWS: the lists that the certificates name, unless they name what is no address', async () => {
  const { document, roots } = nitroEnclave({ now: NOW })
  const found = await sources('nitro', document, nitroAppraiser(roots))
  assert.deepEqual(found.map(({ url }) => url).toSorted(), [
    'http://crl.example/region.crl',
    'http://crl.example/root.crl',
  ])
  const hostile = nitroEnclave({ now: NOW, certificates: { zone: { crlUris: ["http://x/$(rm -r .)';"] } } })
  const left = await sources('nitro', hostile.document, nitroAppraiser(hostile.roots))
  assert.deepEqual(
    left.map(({ url }) => url),
    ['http://crl.example/root.crl'],
  )
})
