/** Every family's part of a policy file. Members are called as in the policy types, and mean the same. */
import type { AzureVtpmPolicy } from '../azure-vtpm/policy.ts'
import type { AcceptedMeasurement } from '../measurements.ts'
import type { NitroPolicy } from '../nitro/policy.ts'
import type { SgxPolicy } from '../sgx/policy.ts'
import type { Skip } from '../skip.ts'
import type { SnpPolicy, SnpTcbMinimum } from '../snp/policy.ts'
import { TCB_STATUSES, type TcbAcceptance } from '../tcb.ts'
import type { TdxPolicy } from '../tdx/policy.ts'
import {
  bytes,
  constantOr,
  count,
  given,
  list,
  oneOf,
  type PartReader,
  partialRecord,
  record,
  text,
} from './readers.ts'

const REVOKED = 'Revoked'
const isTolerable = (status: (typeof TCB_STATUSES)[number]): status is TcbAcceptance['statuses'][number] =>
  status !== REVOKED

const tcb: PartReader<TcbAcceptance> = record({
  statuses: list(oneOf(...TCB_STATUSES.filter(isTolerable))),
  advisories: list(text),
})

/** Registers by name, `size` bytes each. */
function measurements<Register extends string>(
  registers: readonly Register[],
  size: number,
): PartReader<readonly AcceptedMeasurement<Register>[] | Skip> {
  const readers: Readonly<Record<string, PartReader<Uint8Array>>> = Object.fromEntries(
    registers.map((name) => [name, bytes(size)]),
  )
  const one = partialRecord({ registers: partialRecord({}, readers) }, { tcb })
  return given(list((value, at) => one(value, at) as AcceptedMeasurement<Register>))
}

const pcrs = (length: number): readonly `PCR${number}`[] => Array.from({ length }, (_, index) => `PCR${index}` as const)

const platforms = given(list(bytes()))
const sha384OrZero = given(constantOr('zero', bytes(48)))

export const nitroPart: PartReader<NitroPolicy> = record({
  measurements: measurements(pcrs(32), 48),
  platforms,
  revocation: given(oneOf('checked')),
  publicKey: given(constantOr('bound', bytes())),
  userData: given(bytes()),
})

export const sgxPart: PartReader<SgxPolicy> = record({
  measurements: measurements(['MRENCLAVE', 'MRSIGNER'], 32),
  platforms,
  tcb: given(tcb),
  minTcbEvaluationDataNumber: given(count()),
  isvProdId: given(count(0xffff)),
  minIsvSvn: given(count(0xffff)),
  configId: given(bytes(64)),
})

export const tdxPart: PartReader<TdxPolicy> = record({
  measurements: measurements(['MRTD', 'RTMR0', 'RTMR1', 'RTMR2', 'RTMR3'], 48),
  platforms,
  tcb: given(tcb),
  minTcbEvaluationDataNumber: given(count()),
  septVeDisable: given(oneOf('required')),
  migratable: given(oneOf('refused')),
  mrServiceTd: sha384OrZero,
  mrConfigId: sha384OrZero,
  mrOwner: sha384OrZero,
  mrOwnerConfig: sha384OrZero,
})

const svn = count(255)
const minimum: PartReader<SnpTcbMinimum> = record({ bootloader: svn, tee: svn, snp: svn, microcode: svn, fmc: svn })
const allowed = oneOf('allowed', 'refused')
const demanded = oneOf('any', 'required')

export const snpPart: PartReader<SnpPolicy> = record({
  measurements: measurements(['MEASUREMENT'], 48),
  platforms,
  minTcb: given(partialRecord({}, { Milan: minimum, Genoa: minimum, Turin: minimum })),
  revocation: given(oneOf('checked')),
  vmpl: given(count(3)),
  guestPolicy: given(record({ smt: allowed, migrationAgent: allowed, singleSocket: demanded, minAbi: count(0xffff) })),
  platformInfo: given(record({ aliasCheck: demanded, smt: allowed, ecc: demanded })),
  signingKeys: given(list(oneOf('vcek', 'vlek'))),
  idKeyDigests: given(list(bytes(48))),
  authorKeyDigests: given(list(bytes(48))),
  hostData: given(constantOr('zero', bytes(32))),
  minGuestSvn: given(count(0xffff_ffff)),
})

export const azureVtpmPart: PartReader<AzureVtpmPolicy> = record({
  measurements: measurements(pcrs(24), 32),
  platforms,
  snp: constantOr('refused', snpPart),
  tdx: constantOr('refused', tdxPart),
  secureBoot: given(oneOf('required')),
})
