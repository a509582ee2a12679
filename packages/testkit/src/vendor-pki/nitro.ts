/**
 * Nitro Enclaves of a vendor that does not exist: chains, revocation lists and attestation documents, for what AWS does not publish.
 * Each option makes one thing wrong; what comes out without options is genuine but for its root.
 */
import { CborTag, type CborValue, writeCbor } from '@perf-aggregator/attestation/cbor'
import { sha256Hex, signWith, type VendorKey, vendorKey } from './keys.ts'
import { type CertificateOptions, type MadeX509, makeCertificate, makeCrl } from './x509-maker.ts'

const INSTANCE = 'i-0123456789abcdef0'
const MODULE = `${INSTANCE}-enc0123456789abcdef`
const HOUR = 3600
const DAY = 24 * HOUR

export type NitroCertificate = 'root' | 'region' | 'zone' | 'instance' | 'leaf'

export interface NitroOptions {
  /** Seconds since 1970, around which everything is valid. */
  readonly now: number
  readonly userData?: Uint8Array | null
  readonly publicKey?: Uint8Array | null
  readonly nonce?: Uint8Array | null
  /** By number; 0 to 15 are set by default, of which 5 to 7 and 9 to 15 to zeros. */
  readonly pcrs?: Readonly<Record<number, Uint8Array>>
  readonly certificates?: Readonly<Partial<Record<NitroCertificate, Partial<CertificateOptions>>>>
  /** Certificates of an enclave made before, in place of new ones. */
  readonly chain?: MadeNitroEnclave['certificates']
  /** Fields of the payload put in place of its own, beside them, or left out (`undefined`). */
  readonly payload?: Readonly<Record<string, CborValue | undefined>>
  /** The payload as a map of indefinite length, as the NSM has written it since 2025. */
  readonly isIndefinite?: boolean
  /** Wraps the document in this tag. */
  readonly tag?: number
  readonly protectedHeader?: Uint8Array
  readonly unprotectedHeader?: CborValue
  /** Signs the document with this key instead of the leaf's. */
  readonly signer?: VendorKey
}

export interface MadeNitroEnclave {
  /** COSE_Sign1 */
  readonly document: Uint8Array
  readonly certificates: Readonly<Record<NitroCertificate, MadeX509>>
  /** SHA-256 of the root, hexadecimal */
  readonly roots: readonly string[]
  /** A list of each of the root and the region, with what they revoke. */
  readonly crls: (revoked?: {
    readonly region?: readonly Uint8Array[]
    readonly zone?: readonly Uint8Array[]
  }) => readonly Uint8Array[]
}

export function nitroEnclave(options: NitroOptions): MadeNitroEnclave {
  const certificates = options.chain ?? makeCertificates(options)
  const { root, region } = certificates
  const term = { thisUpdate: options.now - DAY, nextUpdate: options.now + DAY }
  return {
    document: makeDocument(options, certificates),
    certificates,
    roots: [sha256Hex(root.der)],
    crls: (revoked = {}) => [
      makeCrl({ issuer: root, revoked: revoked.region ?? [], ...term }),
      makeCrl({ issuer: region, revoked: revoked.zone ?? [], ...term }),
    ],
  }
}

/** What a nitro enclave's hypervisor measured, by number. */
export function nitroPcrs(isDebug = false): Readonly<Record<number, Uint8Array>> {
  const isSet = (index: number): boolean => (isDebug ? index === 4 : index < 5 || index === 8)
  return Object.fromEntries(
    Array.from({ length: 16 }, (_, index) => [index, new Uint8Array(48).fill(isSet(index) ? 0xa0 + index : 0)]),
  )
}

function makeCertificates({ now, certificates = {} }: NitroOptions): Record<NitroCertificate, MadeX509> {
  const key = (name: NitroCertificate): VendorKey => vendorKey('p384', `Nitro ${name}`)
  const root = makeCertificate({
    subject: 'aws.nitro-enclaves',
    key: key('root'),
    ca: {},
    notBefore: now - 1000 * DAY,
    notAfter: now + 1000 * DAY,
    ...certificates.root,
  })
  const region = makeCertificate({
    subject: '0123456789abcdef.test-region-1.aws.nitro-enclaves',
    key: key('region'),
    issuer: root,
    ca: { pathLength: 2 },
    crlUris: ['http://crl.example/root.crl'],
    notBefore: now - 10 * DAY,
    notAfter: now + 10 * DAY,
    ...certificates.region,
  })
  const zone = makeCertificate({
    subject: 'fedcba9876543210.zonal.test-region-1.aws.nitro-enclaves',
    key: key('zone'),
    issuer: region,
    ca: { pathLength: 1 },
    crlUris: ['http://crl.example/region.crl'],
    notBefore: now - 3 * DAY,
    notAfter: now + 3 * DAY,
    ...certificates.zone,
  })
  const instance = makeCertificate({
    subject: `${INSTANCE}.test-region-1.aws.nitro-enclaves`,
    key: key('instance'),
    issuer: zone,
    ca: { pathLength: 0 },
    notBefore: now - 12 * HOUR,
    notAfter: now + 12 * HOUR,
    ...certificates.instance,
  })
  const leaf = makeCertificate({
    subject: `${MODULE}.test-region-1.aws`,
    key: key('leaf'),
    issuer: instance,
    withoutKeyIds: true,
    notBefore: now - HOUR,
    notAfter: now + 2 * HOUR,
    ...certificates.leaf,
  })
  return { root, region, zone, instance, leaf }
}

function makeDocument(options: NitroOptions, { root, region, zone, instance, leaf }: MadeNitroEnclave['certificates']) {
  const fields: Readonly<Record<string, CborValue | undefined>> = {
    module_id: MODULE,
    digest: 'SHA384',
    timestamp: options.now * 1000 - 500,
    pcrs: new Map(Object.entries(options.pcrs ?? nitroPcrs()).map(([index, value]) => [Number(index), value])),
    certificate: leaf.der,
    cabundle: [root, region, zone, instance].map(({ der }) => der),
    public_key: options.publicKey ?? null,
    user_data: options.userData ?? null,
    nonce: options.nonce ?? null,
    ...options.payload,
  }
  const payload = encodeMap(fields, options.isIndefinite ?? false)
  const protectedHeader = options.protectedHeader ?? writeCbor(new Map([[1, -35]]))
  const signed = writeCbor(['Signature1', protectedHeader, new Uint8Array(0), payload])
  const signature = signWith(options.signer ?? leaf.key, 'ecdsa-p384-sha384', signed)
  const sign1 = [protectedHeader, options.unprotectedHeader ?? new Map(), payload, signature]
  return writeCbor(options.tag === undefined ? sign1 : new CborTag(options.tag, sign1))
}

function encodeMap(fields: Readonly<Record<string, CborValue | undefined>>, isIndefinite: boolean): Uint8Array {
  const map = new Map(Object.entries(fields).filter((field): field is [string, CborValue] => field[1] !== undefined))
  const definite = writeCbor(map)
  return isIndefinite ? Uint8Array.of(0xbf, ...definite.subarray(1), 0xff) : definite
}
