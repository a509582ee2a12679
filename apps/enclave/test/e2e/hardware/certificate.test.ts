/** Certificates with evidence of hardware: what was handed out at the moment of signing verifies them offline, years later. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type CertificateTrust, explainCertificate, verifyCertificate } from '@perf-aggregator/client'
import { formatCertificateFile, formatCmw } from '@perf-aggregator/protocol'
import { CertificateEvidence } from '../../../src/certificates/evidence.ts'
import { random } from '../../random.ts'
import { type Alteration, FAMILIES, type Hardware, MAKERS } from './families.ts'
import { clock, folder, type HardwareHouse, maker, NOW, openOn, RELEASE } from './house.ts'

const YEAR = 365 * 86_400

/** A certificate of the house, with the evidence it makes for its certificates. */
async function certified({ attestation }: HardwareHouse, hardware: Hardware) {
  const { evidence } = await new CertificateEvidence(attestation, clock, random).current()
  const { file } = await maker.make()
  const trust: CertificateTrust = {
    allowSimulator: false,
    measurements: [RELEASE],
    hardware: hardware.trust(RELEASE),
    logKeys: maker.trust.logKeys,
  }
  return { text: formatCertificateFile({ ...file, cmw: formatCmw(evidence) }), trust }
}

for (const family of FAMILIES) {
  suite(family, () => {
    const house = async (t: Parameters<typeof openOn>[0], alteration: Alteration, isEmpty = false) => {
      const hardware = MAKERS[family](NOW, alteration)
      const directory = await folder(isEmpty ? new Map() : hardware.published)
      return { hardware, house: await openOn(t, hardware, directory) }
    }

    const failing = async (t: Parameters<typeof openOn>[0], alteration: Alteration, isEmpty = false) => {
      const { hardware, house: opened } = await house(t, alteration, isEmpty)
      const { text, trust } = await certified(opened, hardware)
      const { checks, attestation } = await explainCertificate(text, trust, { now: NOW + 10 * YEAR })
      return {
        hardware,
        checks: checks.flatMap((check) => (check.outcome === 'failed' ? [check.name] : [])),
        codes: new Set(attestation.flatMap((check) => (check.outcome === 'failed' ? [check.code] : []))),
      }
    }

    test('ten years later, when all endorsements have long ended, it verifies as of the moment of signing', async (t) => {
      const { hardware, house: opened } = await house(t, {})
      const { text, trust } = await certified(opened, hardware)
      const certificate = await verifyCertificate(text, trust, { now: NOW + 10 * YEAR })
      assert.equal(certificate.evidenceType, family)
      assert.equal(certificate.simulated, false)
      // A document carries its own time, to the second before.
      assert.equal(certificate.evidenceAt, family === 'nitro' ? NOW - 1 : NOW)
    })

    test('made while the folder was empty it verifies for nobody who has nothing else', async (t) => {
      const { hardware, checks, codes } = await failing(t, {}, true)
      assert.deepEqual(checks, ['evidence'])
      assert.deepEqual(codes, new Set(hardware.unendorsed))
    })

    test('endorsements that had ended when it was signed, or that revoke the key, are told', async (t) => {
      const ended = await failing(t, { isExpired: true })
      assert.deepEqual(ended.codes, new Set(ended.hardware.expired))
      const revoked = await failing(t, { isRevoked: true })
      assert.deepEqual([revoked.checks, revoked.codes], [['evidence'], new Set(['x509_revoked'])])
    })
  })
}
