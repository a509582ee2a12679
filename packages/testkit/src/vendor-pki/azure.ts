/**
 * Confidential VMs of a cloud that does not exist: what its paravisor leaves in the vTPM, and quotes of that vTPM. Without options
 * what comes out is genuine but for the root of the hardware below.
 */
import { createHash } from 'node:crypto'
import { type AzureVtpmEvidence, encodeAzureVtpmEvidence } from '@perf-aggregator/attestation'
import { type AmdOptions, amdMachine, type MadeMachine } from './amd.ts'
import { signWith, type VendorKey, vendorKey } from './keys.ts'

type Hash = 'sha256' | 'sha384' | 'sha512'
type Writes = readonly (readonly [offset: number, bytes: readonly number[]])[]

export interface AzureOptions {
  /** Seconds since 1970 */
  readonly now: number
  readonly machine?: Partial<AmdOptions>
  readonly hash?: Hash
  /** 64 bytes the guest had put into the claims. */
  readonly userData?: Uint8Array
  /** Left out: SHA-256 of the user data. */
  readonly extraData?: Uint8Array
  /** Numbers of the PCRs quoted. */
  readonly selected?: readonly number[]
  /** What a PCR holds, 32 bytes; left out: PCR n holds 32 bytes of n. */
  readonly pcr?: (index: number) => Uint8Array
  readonly secureBoot?: boolean
  /** Members put in place of the claims' own. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** The claims in the HCL report, after the hardware signed their hash. */
  readonly shownClaims?: (json: string) => string
  /** Bytes written over the HCL report. */
  readonly hcl?: Writes
  /** Bytes written over the quote before it is signed. */
  readonly message?: Writes
  readonly signer?: VendorKey
  /** Evidence put in place of what was made. */
  readonly evidence?: Partial<AzureVtpmEvidence>
  /** A TDREPORT in place of the SNP report, by the report data it is to carry. */
  readonly tdReport?: (reportData: Uint8Array) => Uint8Array
}

export interface MadeVm {
  /** As it goes into `quote` */
  readonly quote: Uint8Array
  readonly evidence: AzureVtpmEvidence
  /** What the hardware was asked to sign, 64 bytes */
  readonly reportData: Uint8Array
  readonly machine: MadeMachine
}

const HASH_TYPES = { sha256: 1, sha384: 2, sha512: 3 } as const

export function azureVm(options: AzureOptions): MadeVm {
  const { now, hash = 'sha256', selected = [0, 4, 7, 23] } = options
  const userData = options.userData ?? new Uint8Array(64).fill(0x75)
  const key = vendorKey('rsa2048', 'HCLAkPub')
  const json = JSON.stringify({
    keys: [publicJwk(key)],
    'vm-configuration': {
      'secure-boot': options.secureBoot ?? true,
      vmUniqueId: '7DF7B373-B947-4AAA-96E5-C358F2A03D20',
    },
    'user-data': Buffer.from(userData).toString('hex').toUpperCase(),
    ...options.claims,
  })
  const reportData = new Uint8Array(64)
  reportData.set(digest(hash, Buffer.from(json)))
  const machine = amdMachine({ now, reportData, ...options.machine })
  const report = options.tdReport?.(reportData) ?? machine.report
  const hclReport = overwrite(
    makeHcl(report, options.shownClaims?.(json) ?? json, options.tdReport ? 4 : 2, HASH_TYPES[hash]),
    options.hcl,
  )
  const pcrs = selected.map(options.pcr ?? ((index) => new Uint8Array(32).fill(index)))
  const extraData = options.extraData ?? digest('sha256', userData)
  const message = overwrite(makeMessage(extraData, selected, digest('sha256', Buffer.concat(pcrs))), options.message)
  const signature = signWith(options.signer ?? key, 'rsa-pkcs1-sha256', message)
  const evidence = { hclReport, message, signature, pcrs, tdQuote: null, ...options.evidence }
  return { quote: encodeAzureVtpmEvidence(evidence), evidence, reportData, machine }
}

function publicJwk({ privateKey }: VendorKey): Readonly<Record<string, unknown>> {
  const { n, e } = privateKey.export({ format: 'jwk' })
  return { kid: 'HCLAkPub', key_ops: ['sign'], kty: 'RSA', e, n }
}

/** A header, the report in its 1184 bytes, the claims, and zeros up to the size of the NV index. */
function makeHcl(report: Uint8Array, json: string, reportType: number, hashType: number): Uint8Array {
  const claims = Buffer.from(json, 'utf8')
  const bytes = Buffer.alloc(2600)
  const header = [0x414c_4348, 2, 1236 + claims.length, 2]
  const runtime = [20 + claims.length, 1, reportType, hashType, claims.length]
  for (const [at, word] of header.entries()) bytes.writeUInt32LE(word, 4 * at)
  bytes.set(report, 32)
  for (const [at, word] of runtime.entries()) bytes.writeUInt32LE(word, 1216 + 4 * at)
  bytes.set(claims, 1236)
  return new Uint8Array(bytes)
}

/** TPMS_ATTEST of a quote of SHA-256 PCRs. */
function makeMessage(extraData: Uint8Array, selected: readonly number[], pcrDigest: Uint8Array): Uint8Array {
  const bitmap = new Uint8Array(3)
  for (const index of selected) bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7))
  const sized = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.of(0, bytes.length), bytes])
  return new Uint8Array(
    Buffer.concat([
      Buffer.of(0xff, 0x54, 0x43, 0x47, 0x80, 0x18),
      sized(new Uint8Array(34).fill(0x0b)),
      sized(extraData),
      Buffer.alloc(25, 1),
      Buffer.of(0, 0, 0, 1, 0, 0x0b, 3),
      bitmap,
      sized(pcrDigest),
    ]),
  )
}

function overwrite(bytes: Uint8Array, writes: Writes = []): Uint8Array {
  for (const [offset, content] of writes) bytes.set(content, offset < 0 ? bytes.length + offset : offset)
  return bytes
}

function digest(hash: Hash, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(hash).update(bytes).digest())
}
