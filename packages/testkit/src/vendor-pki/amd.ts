/**
 * SEV-SNP machines of a vendor that does not exist: roots, endorsement keys, revocation lists and reports, for what AMD does not
 * publish. Each option makes one thing wrong; what comes out without options is genuine but for its root.
 */
import { der, value } from './der-writer.ts'
import { sha256Hex, signWith, vendorKey } from './keys.ts'
import {
  type CertificateOptions,
  KEY_USAGES,
  type MadeExtension,
  type MadeX509,
  makeCertificate,
  makeCrl,
} from './x509-maker.ts'

export type AmdProduct = 'Milan' | 'Genoa' | 'Turin'
export type AmdKeyKind = 'vcek' | 'vlek'

const ARC = '1.3.6.1.4.1.3704.1'
const DAY = 86_400

/** Eight bytes in the product's layout, and the same as a certificate says it, by the number of its extension. */
const TCB = {
  Milan: { bytes: [4, 1, 0, 0, 0, 0, 24, 219], parts: { 1: 4, 2: 1, 3: 24, 8: 219 } },
  Genoa: { bytes: [10, 2, 0, 0, 0, 0, 23, 84], parts: { 1: 10, 2: 2, 3: 23, 8: 84 } },
  Turin: { bytes: [1, 2, 3, 4, 0, 0, 0, 81], parts: { 9: 1, 1: 2, 2: 3, 3: 4, 8: 81 } },
} as const satisfies Record<AmdProduct, { bytes: readonly number[]; parts: Readonly<Record<number, number>> }>

const CPUID = { Milan: [0x19, 0x01, 1], Genoa: [0x19, 0x11, 1], Turin: [0x1a, 0x02, 1] } as const

export interface AmdOptions {
  readonly product?: AmdProduct
  readonly kind?: AmdKeyKind
  /** Kind of the keys of root and intermediate: AMD's are of 4,096 bits, which take seconds to make; 2,048 by default. */
  readonly rsa?: 'rsa2048' | 'rsa4096'
  /** Report version, 3 by default */
  readonly version?: number
  /** Seconds since 1970, around which everything is valid for a day. */
  readonly now: number
  /** 64 bytes */
  readonly reportData?: Uint8Array
  /** Bytes written over the report before it is signed. */
  readonly report?: readonly (readonly [offset: number, bytes: readonly number[]])[]
  readonly root?: Partial<CertificateOptions>
  readonly intermediate?: Partial<CertificateOptions>
  readonly leaf?: Partial<CertificateOptions>
  /** Extensions of the endorsement key by the end of their identifier: put in place of its own, or left out. */
  readonly extensions?: Readonly<Record<string, Uint8Array | null>>
}

export interface MadeMachine {
  /** 1184 bytes */
  readonly report: Uint8Array
  /** Another report of the same machine, under the same certificates. */
  readonly reportOver: (reportData: Uint8Array) => Uint8Array
  /** DER: endorsement key, intermediate, root */
  readonly chain: readonly Uint8Array[]
  /** For each product the SHA-256 of the root; only this machine's is one that anything verifies to. */
  readonly roots: Readonly<Record<AmdProduct, readonly string[]>>
  readonly root: MadeX509
  readonly intermediate: MadeX509
  /** A list of the root, as of `now`. */
  readonly revoke: (
    serials: readonly Uint8Array[],
    at?: { readonly thisUpdate: number; readonly nextUpdate: number },
  ) => Uint8Array
}

export function amdMachine(options: AmdOptions): MadeMachine {
  const { product = 'Milan', kind = 'vcek', rsa = 'rsa2048', now } = options
  const term = { notBefore: now - DAY, notAfter: now + DAY }
  const isVcek = kind === 'vcek'
  const root = makeCertificate({
    subject: `ARK-${product}`,
    key: vendorKey(rsa, 'ARK'),
    ca: {},
    ...term,
    ...options.root,
  })
  const signer = isVcek ? `SEV-${product}` : `SEV-VLEK-${product}`
  const intermediate = makeCertificate({
    subject: signer,
    key: vendorKey(rsa, signer),
    issuer: root,
    ca: { pathLength: 0 },
    keyUsage: [KEY_USAGES.keyCertSign],
    ...term,
    ...options.intermediate,
  })
  const leafKey = vendorKey('p384', isVcek ? 'VCEK' : 'VLEK')
  const leaf = makeCertificate({
    subject: isVcek ? 'SEV-VCEK' : 'SEV-VLEK',
    key: leafKey,
    issuer: intermediate,
    withoutBasicConstraints: true,
    withoutKeyIds: true,
    keyUsage: null,
    serial: 0,
    extensions: vekExtensions(product, kind, options.extensions ?? {}),
    ...term,
    ...options.leaf,
  })
  const reportOver = (reportData: Uint8Array): Uint8Array => {
    const report = makeReport({ ...options, reportData })
    report.set(signature(signWith(leafKey, 'ecdsa-p384-sha384', report.subarray(0, 0x2a0))), 0x2a0)
    return report
  }
  const none: readonly string[] = []
  return {
    report: reportOver(options.reportData ?? new Uint8Array(64).fill(0x5d)),
    reportOver,
    chain: [leaf.der, intermediate.der, root.der],
    roots: { Milan: none, Genoa: none, Turin: none, [product]: [sha256Hex(root.der)] },
    root,
    intermediate,
    revoke: (revoked, at = { thisUpdate: term.notBefore, nextUpdate: term.notAfter }) =>
      makeCrl({ issuer: root, revoked, ...at }),
  }
}

/** The chip id that reports and VCEKs show: 64 bytes, on Turin 8 and zeros. */
function chipId(product: AmdProduct): Uint8Array {
  return new Uint8Array(64).map((_zero, at) => (product === 'Turin' && at >= 8 ? 0 : at + 1))
}

function vekExtensions(
  product: AmdProduct,
  kind: AmdKeyKind,
  altered: Readonly<Record<string, Uint8Array | null>>,
): readonly MadeExtension[] {
  const name = product === 'Milan' && kind === 'vcek' ? 'Milan-B0' : product
  const own: Readonly<Record<string, Uint8Array>> = {
    1: der.integer(product === 'Turin' ? 1 : 0),
    2: ia5(name),
    ...Object.fromEntries(
      Object.entries(TCB[product].parts).map(([part, version]) => [`3.${part}`, der.integer(version)]),
    ),
    ...(kind === 'vcek' ? { 4: chipId(product).slice(0, product === 'Turin' ? 8 : 64) } : { 5: ia5('Test Cloud') }),
  }
  return Object.entries({ ...own, ...altered }).flatMap(([end, content]) =>
    content === null ? [] : [{ oid: `${ARC}.${end}`, value: content }],
  )
}

/** An IA5String, DER */
export function ia5(text: string): Uint8Array {
  return value(0x16, Buffer.from(text, 'latin1'))
}

function makeReport({
  product = 'Milan',
  kind = 'vcek',
  version = 3,
  reportData,
  report: altered = [],
}: AmdOptions & { readonly reportData: Uint8Array }) {
  const report = new Uint8Array(1184)
  const tcb = TCB[product].bytes
  const fields: readonly (readonly [number, readonly number[]])[] = [
    [0, [version]],
    [4, [2]],
    // ABI 1.31, SMT, and the bit that is always one.
    [8, [0x1f, 0, 3]],
    [0x34, [1]],
    [0x38, tcb],
    [0x40, [0x25]],
    [0x48, [kind === 'vcek' ? 0 : 4]],
    [0x50, [...reportData]],
    [0x90, Array.from({ length: 48 }, () => 0xa1)],
    [0xc0, Array.from({ length: 32 }, () => 0xb2)],
    [0xe0, Array.from({ length: 48 }, () => 0xc3)],
    [0x160, Array.from({ length: 32 }, () => 0xff)],
    [0x180, tcb],
    ...(version < 3 ? [] : [[0x188, CPUID[product]] as const]),
    [0x1a0, [...(kind === 'vcek' ? chipId(product) : [])]],
    [0x1e0, tcb],
    [0x1f0, tcb],
    ...altered,
  ]
  for (const [offset, bytes] of fields) report.set(bytes, offset)
  return report
}

/** r and s, little-endian, 72 bytes each. */
function signature(raw: Uint8Array): Uint8Array {
  const padded = new Uint8Array(144)
  padded.set(raw.slice(0, 48).toReversed())
  padded.set(raw.slice(48).toReversed(), 72)
  return padded
}
