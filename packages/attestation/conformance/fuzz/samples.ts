/** What fuzzing starts from: genuine inputs of every parser, made by the test vendors, and real ones where the corpus is. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeCredentials, encodeEntryBundle } from '../../../protocol/src/index.ts'
import { certificateMaker, samplePerformance } from '../../../testkit/src/index.ts'
import { amdMachine, azureVm, der, nitroEnclave } from '../../../testkit/src/vendor-pki/index.ts'
import { intelMachine } from '../../../testkit/src/vendor-pki/intel.ts'
import { readHclReport } from '../../src/azure-vtpm/hcl-report.ts'
import { bindingToJson } from '../../src/binding.ts'
import { encodeHex, encodeUtf8 } from '../../src/bytes/index.ts'
import {
  attestationQuoteToJson,
  type EndorsementName,
  endorsement,
  formatBundle,
  type HardwareFamily,
  hardwareOnlyPolicy,
} from '../../src/index.ts'
import { PCK_EXTENSION } from '../../src/intel/pck-extension.ts'
import { readQuote } from '../../src/intel/quote.ts'
import { POLICY_MEDIA_TYPE } from '../../src/policy-file/policy-file.ts'
import { readCertificate, readPem, writePem } from '../../src/x509/index.ts'
import { STRICT as STRICT_SNP } from '../../test/snp/machines.ts'

type Inputs = readonly Uint8Array[]

export interface Samples {
  readonly certificates: Inputs
  readonly crls: Inputs
  readonly snpKeys: Inputs
  readonly pckExtensions: Inputs
  readonly pems: Inputs
  readonly nitro: Inputs
  readonly intelQuotes: Inputs
  readonly tcbInfos: Inputs
  readonly qeIdentities: Inputs
  readonly collateralFiles: Inputs
  readonly snpReports: Inputs
  readonly azure: Inputs
  readonly hclReports: Inputs
  readonly runtimeClaims: Inputs
  readonly tpmQuotes: Inputs
  /** One byte for the kind (0 of a TPM, 1 of a TD), then the log */
  readonly eventLogs: Inputs
  readonly bundles: Inputs
  readonly policies: Inputs
  /** Anything a person may hand to the command line */
  readonly files: Inputs
  /** Labelled, one of every kind */
  readonly endorsements: Inputs
  readonly simulator: Inputs
  readonly json: { readonly bindings: Inputs; readonly quotes: Inputs }
  readonly text: Readonly<
    Record<'certificates' | 'claims' | 'tlogProofs' | 'notes' | 'vkeys' | 'entryBundles' | 'credentials', Inputs>
  >
}

const NOW = 1_790_000_000
const FAMILIES: readonly HardwareFamily[] = ['nitro', 'sgx', 'tdx', 'snp', 'azure-vtpm']

/** @param corpus folder of other people's evidence, or null */
export async function makeSamples(corpus: string | null): Promise<Samples> {
  const real = corpusReader(corpus)
  const enclave = nitroEnclave({ now: NOW, userData: new Uint8Array(64).fill(1), isIndefinite: true })
  const amd = (['Milan', 'Genoa', 'Turin'] as const).map((product) => amdMachine({ now: NOW, product }))
  const vlek = amdMachine({ now: NOW, kind: 'vlek' })
  const vm = azureVm({ now: NOW })
  const intel = [
    intelMachine({ now: NOW, tee: 'sgx', revoked: ['pck'] }),
    intelMachine({ now: NOW, tee: 'tdx' }),
    intelMachine({ now: NOW, tee: 'tdx', version: 5, padding: new Uint8Array(9) }),
  ]
  const intelQuotes = [...intel.map(({ quote }) => quote), ...real('sgx/**/*quote.bin'), ...real('tdx/**/*quote.bin')]
  const chains = intelQuotes.flatMap((quote) => pckChain(quote))
  const nitro = [enclave.document, nitroEnclave({ now: NOW, tag: 18 }).document, ...real('nitro/*.cose')]
  const certificates = [
    ...amd.flatMap(({ chain }) => chain),
    ...Object.values(enclave.certificates).map((one) => one.der),
    ...chains.slice(0, 3),
    ...real('**/*.der').filter(isCertificate),
  ]
  const crls = [
    ...enclave.crls({ region: [der.integer(5).slice(2)] }),
    ...amd.map((machine) => machine.revoke([Uint8Array.of(1), Uint8Array.of(2)])),
    ...real('tdx/*/*Crl.der'),
  ]
  const pems = [...intel.map(({ collateral }) => collateral['pck-crl-issuer-chain']), ...real('**/*.pem')]
  const tcbInfos = [...intel.map(({ collateral }) => collateral['tcb-info']), ...real('tdx/*/tcbInfo.json')]
  const qeIdentities = [...intel.map(({ collateral }) => collateral['qe-identity']), ...real('tdx/*/qeIdentity.json')]
  const collateralFiles = [...intel.map(({ collateral }) => servedTogether(collateral)), ...real('*/*/collateral.json')]
  const bundles = intel.map(({ quote, collateral }, index) =>
    formatBundle({
      evidence: { type: index === 0 ? 'sgx' : 'tdx', quote, binding: null },
      endorsements: labelledCollateral(collateral),
      collectedAt: NOW,
    }),
  )
  const policies = [...FAMILIES.map((family) => policyFile(hardwareOnlyPolicy(family))), strictSnpPolicy()]
  const eventLogs = [eventLog('tpm'), eventLog('ccel')]
  const maker = certificateMaker(samplePerformance(3))
  const made = await maker.make({ log: { before: 4, after: 3 } })
  const quote = maker.attest(maker.binding)
  const snpReports = [...amd.map(({ report }) => report), vlek.report, ...real('snp/*/report.bin')]
  return {
    certificates,
    crls,
    snpKeys: [...amd, vlek].map(({ chain }) => chain[0] ?? new Uint8Array(0)),
    pckExtensions: chains.flatMap((one) => readCertificate(one).extensions.get(PCK_EXTENSION)?.value ?? []),
    pems,
    nitro,
    intelQuotes,
    tcbInfos,
    qeIdentities,
    collateralFiles,
    snpReports,
    azure: [vm.quote, azureVm({ now: NOW, hash: 'sha512', selected: [0, 1, 2] }).quote],
    hclReports: [vm.evidence.hclReport],
    runtimeClaims: [readHclReport(vm.evidence.hclReport).claims],
    tpmQuotes: [vm.evidence.message],
    eventLogs,
    bundles,
    policies,
    files: [
      ...[nitro, intelQuotes, snpReports, certificates, crls, pems, bundles, collateralFiles].flatMap((kind) =>
        kind.slice(0, 3),
      ),
      ...real('azure-vtpm/*.json'),
      encodeUtf8(writePem(crls[0] ?? new Uint8Array(0), 'X509 CRL')),
      encodeUtf8(encodeHex(enclave.document)),
    ],
    endorsements: [
      ...labelledCollateral(intel[1]?.collateral ?? {}),
      ...certificates.slice(0, 2).map((bytes) => endorsement('certificate', bytes)),
      ...crls.slice(0, 2).map((bytes) => endorsement('crl', bytes)),
    ],
    simulator: [quote.evidence.quote],
    json: {
      bindings: [written(bindingToJson(maker.binding))],
      quotes: [written(attestationQuoteToJson(quote))],
    },
    text: {
      certificates: [encodeUtf8(made.text)],
      claims: [new Uint8Array(Buffer.from(made.file.statement.payload, 'base64url'))],
      tlogProofs: [encodeUtf8(made.file.tlogProof)],
      notes: [encodeUtf8(made.file.tlogProof.slice(made.file.tlogProof.indexOf('\n\n') + 2))],
      vkeys: maker.trust.logKeys.map(encodeUtf8),
      entryBundles: [encodeEntryBundle([new Uint8Array(32), new Uint8Array(3), new Uint8Array(0)])],
      credentials: [
        encodeCredentials({ exchange: 'kraken', apiKey: 'key', apiSecret: 'line\nline "quoted" \\' }),
        encodeCredentials({
          exchange: 'coinbase',
          apiKey: 'a key',
          apiSecret: 'secret',
          passphrase: 'a phrase',
          userId: 'user',
          symbols: ['BTC/USD', 'ETH-EUR'],
          sandbox: true,
          clientKey: new Uint8Array(32).fill(9),
        }),
      ],
    },
  }
}

function labelledCollateral(collateral: Readonly<Record<string, Uint8Array>>): Inputs {
  return Object.entries(collateral).map(([name, bytes]) => endorsement(name as EndorsementName, bytes))
}

function corpusReader(corpus: string | null): (pattern: string) => Inputs {
  if (corpus === null) return () => []
  return (pattern) =>
    globSync(pattern, { cwd: corpus })
      .toSorted()
      .filter((path) => !path.includes('negative'))
      .map((path) => new Uint8Array(readFileSync(join(corpus, path))))
}

/** Certificates of the chain inside a quote that has one; the corpus also holds one that ends in other bytes. */
function pckChain(quote: Uint8Array): Inputs {
  try {
    return readPem(readQuote(quote).qe.pckChain, 'CERTIFICATE')
  } catch {
    return []
  }
}

function isCertificate(bytes: Uint8Array): boolean {
  try {
    return readCertificate(bytes).der.length > 0
  } catch {
    return false
  }
}

const written = (value: unknown): Uint8Array => encodeUtf8(JSON.stringify(value))

/** Byte strings as a policy file has them. */
function policyFile(policy: object): Uint8Array {
  const inHex = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? encodeHex(value) : value)
  return encodeUtf8(JSON.stringify({ mediaType: POLICY_MEDIA_TYPE, ...policy }, inHex, 2))
}

function strictSnpPolicy(): Uint8Array {
  return policyFile({ ...hardwareOnlyPolicy('snp'), families: { snp: STRICT_SNP } })
}

/** All of Intel's answers in one JSON file, as a quote library leaves them. */
function servedTogether(collateral: ReturnType<typeof intelMachine>['collateral']): Uint8Array {
  const textOf = (name: keyof typeof collateral): string => Buffer.from(collateral[name]).toString('utf8')
  const document = (name: 'tcb-info' | 'qe-identity', member: string): readonly [string, string] => {
    const [, inner = '', signature = ''] =
      new RegExp(`^{"${member}":(.*),"signature":"([0-9a-f]*)"}$`).exec(textOf(name)) ?? []
    return [inner, signature]
  }
  const [tcbInfo, tcbSignature] = document('tcb-info', 'tcbInfo')
  const [identity, identitySignature] = document('qe-identity', 'enclaveIdentity')
  return written({
    pck_crl_issuer_chain: textOf('pck-crl-issuer-chain'),
    root_ca_crl: encodeHex(collateral['root-ca-crl']),
    pck_crl: encodeHex(collateral['pck-crl']),
    tcb_info_issuer_chain: textOf('tcb-info-issuer-chain'),
    tcb_info: tcbInfo,
    tcb_info_signature: tcbSignature,
    qe_identity_issuer_chain: textOf('qe-identity-issuer-chain'),
    qe_identity: identity,
    qe_identity_signature: identitySignature,
  })
}

/** A log of one bank and two events, with the byte for its kind in front. */
function eventLog(kind: 'tpm' | 'ccel'): Uint8Array {
  const [algorithm, size] = kind === 'tpm' ? [0x000b, 32] : [0x000c, 48]
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  const header = Buffer.concat([
    Buffer.from('Spec ID Event03\0'),
    Buffer.alloc(8),
    word(1),
    Buffer.of(algorithm, 0, size, 0, 0),
  ])
  const event = (register: number, data: string): Buffer =>
    Buffer.concat([
      word(register),
      word(0x8000_0001),
      word(1),
      Buffer.of(algorithm, 0),
      Buffer.alloc(size, register),
      word(data.length),
      Buffer.from(data),
    ])
  const first = Buffer.concat([word(0), word(3), Buffer.alloc(20), word(header.length), header])
  return new Uint8Array(
    Buffer.concat([Buffer.of(kind === 'tpm' ? 0 : 1), first, event(1, 'SecureBoot'), event(2, 'grub')]),
  )
}
