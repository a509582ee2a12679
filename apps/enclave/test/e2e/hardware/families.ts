/**
 * One machine of every family, of vendors that do not exist: the kernel's (or Gramine's) interface as a fake that signs, what its vendor
 * publishes about it, and what a client that knows its image insists on. Each alteration makes one thing wrong.
 */
import { type AcceptedMeasurement, type Appraiser, appraisers, hardwareOnlyPolicy } from '@perf-aggregator/attestation'
import type { HardwareTrust } from '@perf-aggregator/client'
import {
  amdMachine,
  collateralFiles,
  type IntelMachine,
  intelMachine,
  makeCrl,
  nitroEnclave,
  nitroPcrs,
} from '@perf-aggregator/testkit/vendor-pki'
import { type FakeService, fakeAmdKds, fakeAwsCrls, fakeIntelPcs } from '@perf-aggregator/testkit/vendor-services'
import { nitroAppraiser } from '../../../../../packages/attestation/src/nitro/appraiser.ts'
import { sgxAppraiser } from '../../../../../packages/attestation/src/sgx/appraiser.ts'
import { snpAppraiser } from '../../../../../packages/attestation/src/snp/appraiser.ts'
import { tdxAppraiser } from '../../../../../packages/attestation/src/tdx/appraiser.ts'
import { type Mirrors, NO_MIRRORS } from '../../../../cli/src/attest/fetch/address.ts'
import { certificateTable, fakeTsm, GUIDS } from '../../tee/configfs-tsm/fake-tsm.ts'
import { type FakeMachine, fakeMachine, NO_FILES } from '../../tee/fake-kernel.ts'
import { fakeGramine } from '../../tee/gramine/fake-gramine.ts'
import { fakeNsm } from '../../tee/nitro/fake-nsm.ts'
import { fakeSevGuest } from '../../tee/sev-guest/fake-sev-guest.ts'

export const FAMILIES = ['tdx', 'sgx', 'snp', 'nitro'] as const
export type Family = (typeof FAMILIES)[number]

export interface Alteration {
  /** The vendor revoked the key, or for AMD the one that signs such keys. */
  readonly isRevoked?: boolean
  /** One published piece ended a minute ago. */
  readonly isExpired?: boolean
  /** Another image runs. */
  readonly isOther?: boolean
  readonly isDebug?: boolean
}

export interface Hardware {
  readonly family: Family
  readonly machine: FakeMachine
  /** What the vendor publishes, under the names in which it is kept. */
  readonly published: ReadonlyMap<string, Uint8Array>
  /** The vendor's service on loopback, and the way there. */
  readonly vendor: () => Promise<{ readonly service: FakeService; readonly mirrors: Mirrors }>
  /** @param release hexadecimal: the one release, on the registers of this image */
  readonly trust: (release: string) => HardwareTrust
  /** What a client fails with where the enclave's folder is empty. */
  readonly unendorsed: readonly string[]
  /** What it fails with under {@link Alteration.isExpired}. */
  readonly expired: readonly string[]
}

export const MAKERS: Readonly<Record<Family, (now: number, alteration?: Alteration) => Hardware>> = {
  tdx: makeTdx,
  sgx: makeSgx,
  snp: makeSnp,
  nitro: makeNitro,
}

const MINUTE = 60
const FMSPC = '00906ed50000'

function makeTdx(now: number, alteration: Alteration = {}): Hardware {
  const machine = intelMachine({
    ...intelOptions(now, 'tdx', alteration),
    body: (report) => {
      if (alteration.isOther) report[136] = 0x23
      if (alteration.isDebug) report[120] = 1
      return report
    },
    // Kernels hand out the whole buffer.
    padding: new Uint8Array(96),
  })
  const makeReport = (reportData: Uint8Array) => ({ outblob: machine.quoteOver(reportData) })
  const registers = Object.fromEntries([
    ['MRTD', new Uint8Array(48).fill(0x22)],
    ...[0, 1, 2, 3].map((rtmr) => [`RTMR${rtmr}`, new Uint8Array(48).fill(0x30 + rtmr)]),
  ]) as Registers<'tdx'>
  return {
    family: 'tdx',
    machine: fakeMachine({ files: fakeTsm({ provider: 'tdx_guest', makeReport }) }),
    ...intelVendor('tdx', machine),
    trust: trustIn('tdx', registers, tdxAppraiser(machine.roots)),
  }
}

function makeSgx(now: number, alteration: Alteration = {}): Hardware {
  const machine = intelMachine({
    ...intelOptions(now, 'sgx', alteration),
    body: (report) => {
      if (alteration.isOther) report[64] = 0xa2
      if (alteration.isDebug) report[48] = (report[48] ?? 0) | 2
      return report
    },
  })
  const registers = { MRENCLAVE: new Uint8Array(32).fill(0xa1), MRSIGNER: new Uint8Array(32).fill(0xb2) }
  return {
    family: 'sgx',
    machine: fakeMachine({ files: fakeGramine({ makeQuote: (reportData) => machine.quoteOver(reportData) }) }),
    ...intelVendor('sgx', machine),
    trust: trustIn('sgx', registers, sgxAppraiser(machine.roots)),
  }
}

function intelOptions(now: number, tee: 'sgx' | 'tdx', { isRevoked, isExpired }: Alteration) {
  const ended = new Date((now - MINUTE) * 1000).toISOString().replace('.000Z', 'Z')
  return {
    now,
    tee,
    ...(isRevoked && { revoked: ['pck'] as const }),
    ...(isExpired && { tcbInfo: (document: Record<string, unknown>) => ({ ...document, nextUpdate: ended }) }),
  }
}

function intelVendor(tee: 'sgx' | 'tdx', { collateral }: IntelMachine) {
  return {
    published: collateralFiles(collateral),
    unendorsed: ['intel_collateral_missing', 'crl_missing', 'chain_malformed', 'tcb_status_refused'],
    expired: ['intel_tcb_info_expired'],
    vendor: async () => {
      const service = await fakeIntelPcs({ tee, fmspc: FMSPC, collateral })
      return { service, mirrors: { ...NO_MIRRORS, pcs: service.url } }
    },
  }
}

/** The host hands over the key's certificate and no other: the rest is the folder's to bring. */
function makeSnp(now: number, { isRevoked, isExpired, isOther, isDebug }: Alteration = {}): Hardware {
  const amd = amdMachine({
    now,
    report: [...(isOther ? [[0x90, [0xa2]] as const] : []), ...(isDebug ? [[0x0a, [0x0b]] as const] : [])],
  })
  const [vcek = new Uint8Array(), ask = new Uint8Array(), ark = new Uint8Array()] = amd.chain
  const dates = { thisUpdate: now - 86_400, nextUpdate: isExpired ? now - MINUTE : now + 86_400 }
  const crl = amd.revoke(isRevoked ? [amd.intermediate.serial] : [], dates)
  const makeReport = (reportData: Uint8Array) => ({
    outblob: amd.reportOver(reportData),
    auxblob: certificateTable([[GUIDS.vcek, vcek]]),
  })
  const chip = Buffer.from(amd.report.subarray(0x1a0, 0x1e0)).toString('hex')
  return {
    family: 'snp',
    machine: fakeMachine({
      files: fakeTsm({ provider: 'sev_guest', makeReport }),
      devices: { '/dev/sev-guest': fakeSevGuest() },
    }),
    published: new Map([
      ['ask.der', ask],
      ['ark.der', ark],
      ['crl.der', crl],
    ]),
    vendor: async () => {
      const vcekPath = `Milan/${chip}?blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219`
      const service = await fakeAmdKds({ machine: amd, vcek: vcekPath, crl })
      return { service, mirrors: { ...NO_MIRRORS, kds: service.url } }
    },
    trust: trustIn('snp', { MEASUREMENT: new Uint8Array(48).fill(0xa1) }, snpAppraiser(amd.roots)),
    unendorsed: ['chain_malformed', 'crl_missing'],
    expired: ['crl_expired'],
  }
}

const ROOT_LIST = '/crl/ab4960cc-7d63-42bd-9e9f-59338cb67f84.crl'
const REGION_LIST = '/crl/6f8ad3b6-8f5d-4bd0-8e1c-3cf5d4b7b3e5.crl'

function makeNitro(now: number, { isRevoked, isExpired, isOther, isDebug }: Alteration = {}): Hardware {
  const made = nitroEnclave({
    now,
    certificates: {
      region: { crlUris: [`http://aws-nitro-enclaves-crl.s3.amazonaws.com${ROOT_LIST}`] },
      zone: { crlUris: [`http://crl-us-east-1-aws-nitro-enclaves.s3.us-east-1.amazonaws.com${REGION_LIST}`] },
    },
  })
  const { root, region, zone } = made.certificates
  const lists = new Map([
    [
      ROOT_LIST,
      makeCrl({ issuer: root, thisUpdate: now - 86_400, nextUpdate: isExpired ? now - MINUTE : now + 86_400 }),
    ],
    [
      REGION_LIST,
      makeCrl({
        issuer: region,
        thisUpdate: now - 86_400,
        nextUpdate: now + 86_400,
        revoked: isRevoked ? [zone.serial] : [],
      }),
    ],
  ])
  const own = nitroPcrs()
  const pcrs = isDebug ? nitroPcrs(true) : isOther ? { ...own, 0: new Uint8Array(48).fill(9) } : own
  // The module says of itself that it is not in debug mode, so that the enclave starts: it is the client that notices.
  const { device } = fakeNsm({ now, certificates: made.certificates, documentPcrs: pcrs })
  // What a debug image measures to is accepted here, to see the other check fail.
  const accepted = isDebug ? pcrs : own
  const [PCR0, PCR1, PCR2] = [0, 1, 2].map((index) => accepted[index] ?? new Uint8Array())
  const write = async (): Promise<void> => undefined
  return {
    family: 'nitro',
    machine: fakeMachine({ files: { ...NO_FILES, write }, devices: { '/dev/nsm': device } }),
    published: new Map([...lists].map(([, der], at) => [`${at + 1}.crl`, der])),
    vendor: async () => {
      const service = await fakeAwsCrls(lists)
      return { service, mirrors: { ...NO_MIRRORS, crls: service.url } }
    },
    trust: trustIn('nitro', { PCR0, PCR1, PCR2 }, nitroAppraiser(made.roots)),
    unendorsed: ['crl_missing'],
    expired: ['crl_expired'],
  }
}

type Registers<Name extends Family> = NonNullable<HardwareTrust['releases']>[string][Name] extends
  | readonly (infer One)[]
  | undefined
  ? One extends AcceptedMeasurement
    ? One['registers']
    : never
  : never

/** Everything that hardware-only checks, and the measurement besides. */
function trustIn<Name extends Family>(
  family: Name,
  registers: Registers<Name>,
  appraiser: Appraiser,
): Hardware['trust'] {
  return (release) => ({
    families: hardwareOnlyPolicy(family).families,
    releases: { [release]: { [family]: [{ registers }] } },
    appraisers: appraisers(appraiser),
  })
}
