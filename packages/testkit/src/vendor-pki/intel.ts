/**
 * SGX and TDX machines of an Intel that does not exist: quotes, certificates, revocation lists and collateral that verify under
 * a root of its own. One needs nothing but a moment; each option makes one thing different, before or after it is signed.
 */
import { createHash } from 'node:crypto'
import { der } from './der-writer.ts'
import { sha256Hex, signWith, type VendorKey, vendorKey } from './keys.ts'
import { type CertificateOptions, type MadeX509, makeCertificate, makeCrl } from './x509-maker.ts'

const DAY = 86_400
const PCK_EXTENSION = '1.2.840.113741.1.13.1'

/** What the platform has, and Intel certifies. */
export interface MadePlatform {
  readonly components: readonly number[]
  readonly pceSvn: number
  readonly fmspc: Uint8Array
  readonly pceId: Uint8Array
  readonly ppid: Uint8Array
}

/** JSON as Intel's service has it; tests alter members freely. */
export type MadeDocument = Record<string, unknown>

export type MadeCollateralName =
  | 'tcb-info'
  | 'tcb-info-issuer-chain'
  | 'qe-identity'
  | 'qe-identity-issuer-chain'
  | 'pck-crl'
  | 'pck-crl-issuer-chain'
  | 'root-ca-crl'

export type MadeCollateral = Readonly<Record<MadeCollateralName, Uint8Array>>

type Alter<Value> = (value: Value) => Value

export interface IntelOptions {
  /** Seconds since 1970: everything is valid from a day before to a day after it. */
  readonly now: number
  readonly tee: 'sgx' | 'tdx'
  /** Of the quote: by default 3 for SGX, 4 for TDX. 5 for TDX is a TD report of 1.5. */
  readonly version?: number
  readonly platform?: Partial<MadePlatform>
  /** Altered before they are signed. */
  readonly header?: Alter<Uint8Array>
  readonly body?: Alter<Uint8Array>
  readonly qeReport?: Alter<Uint8Array>
  readonly pckExtension?: Alter<Uint8Array>
  readonly tcbInfo?: Alter<MadeDocument>
  readonly qeIdentity?: Alter<MadeDocument>
  /** Certificates other than they should be. */
  readonly certificates?: Partial<Record<'root' | 'ca' | 'pck' | 'signer', Partial<CertificateOptions>>>
  readonly revoked?: readonly ('ca' | 'pck' | 'signer')[]
  readonly crlDates?: { readonly thisUpdate: number; readonly nextUpdate: number }
  /** Keys that sign in place of the right ones. */
  readonly signers?: Partial<Record<'quote' | 'qeReport' | 'tcbInfo' | 'qeIdentity' | 'pckCrl' | 'rootCrl', VendorKey>>
  /** Bytes after the quote. */
  readonly padding?: Uint8Array
}

export interface IntelMachine {
  readonly quote: Uint8Array
  readonly collateral: MadeCollateral
  /** SHA-256 of the root, as verifiers pin it. */
  readonly roots: readonly string[]
  /** DER of the root */
  readonly root: Uint8Array
  /** Another quote of the same machine, under the same certificates and collateral. */
  readonly quoteOver: (reportData: Uint8Array) => Uint8Array
}

export function intelMachine(options: IntelOptions): IntelMachine {
  const made = certificatesOf(options)
  const { version = options.tee === 'sgx' ? 3 : 4 } = options
  const body = (reportData: Uint8Array): Uint8Array =>
    (options.body ?? same)(
      options.tee === 'sgx' ? enclaveReport({ ...SGX_ENCLAVE, reportData }) : tdReport(version === 5, reportData),
    )
  const quoteOver = (reportData: Uint8Array): Uint8Array => quoteOf(options, version, body(reportData), made)
  const signerChain = pem(made.signer, made.root)
  const dates = options.crlDates ?? { thisUpdate: options.now - DAY, nextUpdate: options.now + DAY }
  const { revoked = [], signers = {} } = options
  const serialsOf = (...names: readonly ('ca' | 'pck' | 'signer')[]): Uint8Array[] =>
    names.filter((name) => revoked.includes(name)).map((name) => made[name].serial)
  const crl = (issuer: MadeX509, signer: VendorKey | undefined, serials: readonly Uint8Array[]): Uint8Array =>
    makeCrl({ issuer, ...dates, revoked: serials, ...(signer ? { signer } : {}) })
  return {
    quote: quoteOver(REPORT_DATA),
    quoteOver,
    collateral: {
      'tcb-info': signedDocument('tcbInfo', tcbInfoOf(options), signers.tcbInfo ?? made.signer.key),
      'tcb-info-issuer-chain': signerChain,
      'qe-identity': signedDocument('enclaveIdentity', qeIdentityOf(options), signers.qeIdentity ?? made.signer.key),
      'qe-identity-issuer-chain': signerChain,
      'pck-crl': crl(made.ca, signers.pckCrl, serialsOf('pck')),
      'pck-crl-issuer-chain': pem(made.ca, made.root),
      'root-ca-crl': crl(made.root, signers.rootCrl, serialsOf('ca', 'signer')),
    },
    roots: [sha256Hex(made.root.der)],
    root: made.root.der,
  }
}

/** `{"<member>":<inner>,"signature":"…"}`, signed over the inner text. */
function signedDocument(member: string, document: MadeDocument, key: VendorKey): Uint8Array {
  const inner = JSON.stringify(document)
  const signature = Buffer.from(signWith(key, 'ecdsa-p256-sha256', Buffer.from(inner))).toString('hex')
  return new Uint8Array(Buffer.from(`{"${member}":${inner},"signature":"${signature}"}`))
}

const INTEL_PLATFORM: MadePlatform = {
  components: [8, 8, 3, 3, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
  pceSvn: 13,
  fmspc: Buffer.from('00906ed50000', 'hex'),
  pceId: new Uint8Array(2),
  ppid: new Uint8Array(16).fill(0x5a),
}

type Certificates = Readonly<Record<'root' | 'ca' | 'pck' | 'signer', MadeX509>>

function certificatesOf({ now, platform = {}, certificates = {}, pckExtension = same }: IntelOptions): Certificates {
  const dates = { notBefore: now - 365 * DAY, notAfter: now + 365 * DAY }
  const root = makeCertificate({
    subject: 'Intel SGX Root CA',
    key: vendorKey('p256', 'intel root'),
    ca: { pathLength: 1 },
    ...dates,
    ...certificates.root,
  })
  const ca = makeCertificate({
    subject: 'Intel SGX PCK Platform CA',
    key: vendorKey('p256', 'intel ca'),
    issuer: root,
    ca: { pathLength: 0 },
    ...dates,
    ...certificates.ca,
  })
  const extension = { oid: PCK_EXTENSION, value: pckExtension(encodePlatform({ ...INTEL_PLATFORM, ...platform })) }
  const pck = makeCertificate({
    subject: 'Intel SGX PCK Certificate',
    key: vendorKey('p256', 'intel pck'),
    issuer: ca,
    extensions: [extension],
    ...dates,
    ...certificates.pck,
  })
  const signer = makeCertificate({
    subject: 'Intel SGX TCB Signing',
    key: vendorKey('p256', 'intel signer'),
    issuer: root,
    ...dates,
    ...certificates.signer,
  })
  return { root, ca, pck, signer }
}

function encodePlatform({ components, pceSvn, fmspc, pceId, ppid }: MadePlatform): Uint8Array {
  const part = (number: string, value: Uint8Array): Uint8Array =>
    der.sequence(der.oid(`${PCK_EXTENSION}.${number}`), value)
  return der.sequence(
    part('1', der.octets(ppid)),
    part(
      '2',
      der.sequence(
        ...components.map((svn, at) => part(`2.${at + 1}`, der.integer(svn))),
        part('2.17', der.integer(pceSvn)),
        part('2.18', der.octets(Uint8Array.from(components))),
      ),
    ),
    part('3', der.octets(pceId)),
    part('4', der.octets(fmspc)),
    part('5', der.enumerated(0)),
  )
}

interface MadeEnclave {
  readonly attributes: string
  readonly mrEnclave: number
  readonly mrSigner: Uint8Array
  readonly isvProdId: number
  readonly isvSvn: number
  readonly reportData: Uint8Array
}

const REPORT_DATA = new Uint8Array(64).fill(0xd4)

const SGX_ENCLAVE: Omit<MadeEnclave, 'reportData'> = {
  attributes: '0500000000000000e700000000000000',
  mrEnclave: 0xa1,
  mrSigner: new Uint8Array(32).fill(0xb2),
  isvProdId: 7,
  isvSvn: 3,
}

const QE_MRSIGNER = new Uint8Array(32).fill(0x8c)
const QE_ATTRIBUTES = '11000000000000000000000000000000'

function enclaveReport({ attributes, mrEnclave, mrSigner, isvProdId, isvSvn, reportData }: MadeEnclave): Uint8Array {
  const report = Buffer.alloc(384)
  report.set(Buffer.from(attributes, 'hex'), 48)
  report.fill(mrEnclave, 64, 96)
  report.set(mrSigner, 128)
  report.writeUInt16LE(isvProdId, 256)
  report.writeUInt16LE(isvSvn, 258)
  report.set(reportData, 320)
  return new Uint8Array(report)
}

/** TEE_TCB_SVN of module TDX_01, version 6 */
const TEE_TCB_SVN = [6, 1, 3]

function tdReport(isLater: boolean, reportData: Uint8Array): Uint8Array {
  const report = Buffer.alloc(isLater ? 648 : 584)
  report.set(TEE_TCB_SVN, 0)
  report.fill(0x11, 16, 64) // MRSEAM
  report.set(Buffer.from('0000001000000000e702060000000000', 'hex'), 120) // SEPT_VE_DISABLE, XFAM
  report.fill(0x22, 136, 184) // MRTD
  for (let rtmr = 0; rtmr < 4; rtmr++) report.fill(0x30 + rtmr, 328 + 48 * rtmr, 376 + 48 * rtmr)
  report.set(reportData, 520)
  if (isLater) report.set(TEE_TCB_SVN, 584)
  return new Uint8Array(report)
}

function quoteOf(options: IntelOptions, version: number, body: Uint8Array, made: Certificates): Uint8Array {
  const { tee, signers = {}, header: alterHeader = same, qeReport: alterQe = same } = options
  const header = Buffer.alloc(48)
  header.writeUInt16LE(version, 0)
  header.writeUInt16LE(2, 2)
  header.writeUInt32LE(tee === 'sgx' ? 0 : 0x81, 4)
  header.set(Buffer.from('939a7233f79c4ca9940a0db3957f0607', 'hex'), 12)
  const descriptor = Buffer.alloc(version === 5 ? 6 : 0)
  if (version === 5) {
    descriptor.writeUInt16LE(tee === 'sgx' ? 1 : body.length === 584 ? 2 : 3, 0)
    descriptor.writeUInt32LE(body.length, 2)
  }
  const signed = Buffer.concat([alterHeader(new Uint8Array(header)), descriptor, body])
  const attestation = vendorKey('p256', 'intel attestation')
  const attestationKey = attestation.publicBits.subarray(1)
  const authentication = Uint8Array.from({ length: 32 }, (_, at) => at)
  const keyHash = createHash('sha256').update(attestationKey).update(authentication).digest()
  const report = alterQe(
    enclaveReport({
      attributes: QE_ATTRIBUTES,
      mrEnclave: 0x77,
      mrSigner: QE_MRSIGNER,
      isvProdId: tee === 'sgx' ? 1 : 2,
      isvSvn: 8,
      reportData: Buffer.concat([keyHash, Buffer.alloc(32)]),
    }),
  )
  const chain = pem(made.pck, made.ca, made.root)
  const certified = Buffer.concat([
    report,
    signWith(signers.qeReport ?? made.pck.key, 'ecdsa-p256-sha256', report),
    sized16(authentication),
    certification(5, chain),
  ])
  const signatureData = Buffer.concat([
    signWith(signers.quote ?? attestation, 'ecdsa-p256-sha256', signed),
    attestationKey,
    version === 3 ? certified : certification(6, certified),
  ])
  return new Uint8Array(Buffer.concat([signed, sized32(signatureData), options.padding ?? new Uint8Array(0)]))
}

function tcbInfoOf({ now, tee, platform, tcbInfo = same }: IntelOptions): MadeDocument {
  const { fmspc, pceId } = { ...INTEL_PLATFORM, ...platform }
  const level = (sgx: readonly number[], tdx: readonly number[], rest: object): object => ({
    tcb: {
      sgxtcbcomponents: svns(sgx),
      pcesvn: 13,
      ...(tee === 'tdx' ? { tdxtcbcomponents: svns(tdx) } : {}),
    },
    tcbDate: '2025-01-01T00:00:00Z',
    ...rest,
  })
  const signer = { mrsigner: '0'.repeat(96), attributes: '0'.repeat(16), attributesMask: 'F'.repeat(16) }
  return tcbInfo({
    id: tee.toUpperCase(),
    version: 3,
    issueDate: iso(now - DAY),
    nextUpdate: iso(now + DAY),
    fmspc: Buffer.from(fmspc).toString('hex').toUpperCase(),
    pceId: Buffer.from(pceId).toString('hex'),
    tcbType: 0,
    tcbEvaluationDataNumber: 20,
    ...(tee === 'tdx' ? { tdxModule: signer, tdxModuleIdentities: [moduleIdentity(signer)] } : {}),
    tcbLevels: [
      level([8, 8, 3, 3, 4, 1, 0, 5], [5, 0, 3], { tcbStatus: 'UpToDate' }),
      level([8, 8, 2, 2, 4, 1, 0, 5], [5, 0, 2], {
        tcbStatus: 'SWHardeningNeeded',
        advisoryIDs: ['INTEL-SA-00615'],
      }),
      level([7, 7, 2, 2, 4, 1, 0, 5], [4, 0, 2], {
        tcbStatus: 'OutOfDate',
        advisoryIDs: ['INTEL-SA-00828', 'INTEL-SA-00615'],
      }),
    ],
  })
}

function moduleIdentity(signer: object): object {
  const level = (isvsvn: number, tcbStatus: string): object => ({
    tcb: { isvsvn },
    tcbDate: '2025-01-01T00:00:00Z',
    tcbStatus,
    ...(tcbStatus === 'UpToDate' ? {} : { advisoryIDs: ['INTEL-SA-01036'] }),
  })
  return { id: 'TDX_01', ...signer, tcbLevels: [level(6, 'UpToDate'), level(2, 'OutOfDate')] }
}

function svns(given: readonly number[]): readonly object[] {
  return Array.from({ length: 16 }, (_, at) => ({ svn: given[at] ?? 0, ...(at === 2 ? { type: 'TXT SINIT' } : {}) }))
}

function qeIdentityOf({ now, tee, qeIdentity = same }: IntelOptions): MadeDocument {
  return qeIdentity({
    id: tee === 'sgx' ? 'QE' : 'TD_QE',
    version: 2,
    issueDate: iso(now - DAY),
    nextUpdate: iso(now + DAY),
    tcbEvaluationDataNumber: 21,
    miscselect: '00000000',
    miscselectMask: 'FFFFFFFF',
    attributes: QE_ATTRIBUTES,
    attributesMask: 'FBFFFFFFFFFFFFFF0000000000000000',
    mrsigner: Buffer.from(QE_MRSIGNER).toString('hex').toUpperCase(),
    isvprodid: tee === 'sgx' ? 1 : 2,
    tcbLevels: [
      { tcb: { isvsvn: 8 }, tcbDate: '2025-01-01T00:00:00Z', tcbStatus: 'UpToDate' },
      { tcb: { isvsvn: 6 }, tcbDate: '2024-01-01T00:00:00Z', tcbStatus: 'OutOfDate', advisoryIDs: ['INTEL-SA-00477'] },
    ],
  })
}

function pem(...certificates: readonly MadeX509[]): Uint8Array {
  const blocks = certificates.map(({ der: bytes }) => {
    const lines =
      Buffer.from(bytes)
        .toString('base64')
        .match(/.{1,64}/g) ?? []
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
  })
  return new Uint8Array(Buffer.from(blocks.join('')))
}

function certification(type: number, content: Uint8Array): Buffer {
  const kind = Buffer.alloc(2)
  kind.writeUInt16LE(type)
  return Buffer.concat([kind, sized32(content)])
}

function sized16(content: Uint8Array): Buffer {
  const size = Buffer.alloc(2)
  size.writeUInt16LE(content.length)
  return Buffer.concat([size, content])
}

function sized32(content: Uint8Array): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(content.length)
  return Buffer.concat([size, content])
}

function iso(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
}

function same<Value>(value: Value): Value {
  return value
}
