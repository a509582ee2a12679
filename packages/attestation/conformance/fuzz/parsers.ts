/** Every parser of foreign bytes in the two rooms that read them, and the genuine inputs its mutations start from. */
import { parseClaims } from '../../../protocol/src/certificate/claims.ts'
import { parseCmw } from '../../../protocol/src/certificate/cmw.ts'
import { parseCertificateFile } from '../../../protocol/src/certificate/file.ts'
import { parseStatement } from '../../../protocol/src/certificate/statement.ts'
import { readCredentials } from '../../../protocol/src/envelope/read-credentials.ts'
import { parseTreeHead } from '../../../protocol/src/log/checkpoint.ts'
import { parseNote } from '../../../protocol/src/log/note.ts'
import { decodeEntryBundle } from '../../../protocol/src/log/tile.ts'
import { parseTlogProof } from '../../../protocol/src/log/tlog-proof.ts'
import { parseVkey } from '../../../protocol/src/log/vkey.ts'
import { readAzureVtpmEvidence } from '../../src/azure-vtpm/evidence-form.ts'
import { readHclReport } from '../../src/azure-vtpm/hcl-report.ts'
import { readRuntimeClaims } from '../../src/azure-vtpm/runtime-claims.ts'
import { readTpmQuote } from '../../src/azure-vtpm/tpm-quote.ts'
import { bindingFromJson } from '../../src/binding.ts'
import { parseBundle } from '../../src/bundle/bundle.ts'
import { decodeUtf8 } from '../../src/bytes/index.ts'
import { readCbor } from '../../src/cbor/index.ts'
import { readDer } from '../../src/der/index.ts'
import { readEventLog } from '../../src/event-log/index.ts'
import { attestationQuoteFromJson } from '../../src/evidence.ts'
import { readCollateralJson } from '../../src/files/collateral-json.ts'
import { coverageOf, endorsementTerm, gatherEndorsements, readFile } from '../../src/files/index.ts'
import { readPckExtension } from '../../src/intel/pck-extension.ts'
import { readQeIdentity } from '../../src/intel/qe-identity.ts'
import { readQuote } from '../../src/intel/quote.ts'
import { readSignedDocument } from '../../src/intel/signed-document.ts'
import { readTcbInfo } from '../../src/intel/tcb-info.ts'
import { readJson } from '../../src/json/read.ts'
import { readNitroDocument } from '../../src/nitro/document.ts'
import { readPolicyFile } from '../../src/policy-file/index.ts'
import { parseSimulatorQuote } from '../../src/simulator/index.ts'
import { readEndorsementKey } from '../../src/snp/endorsement-key.ts'
import { readSnpReport } from '../../src/snp/report.ts'
import { readTdReport } from '../../src/tdx/td-report.ts'
import { readCertificate, readCrl, readPem } from '../../src/x509/index.ts'
import type { FuzzedParser } from './fuzz.ts'
import type { Samples } from './samples.ts'

/** Those of the attestation room, simplest first. */
export function attestationParsers(samples: Samples): readonly FuzzedParser[] {
  const { json } = samples
  return [
    { name: 'der', form: 'der', read: (input) => readDer(input), samples: samples.certificates },
    { name: 'certificate', form: 'der', read: readCertificate, samples: samples.certificates },
    { name: 'crl', form: 'der', read: readCrl, samples: samples.crls },
    { name: 'snp-endorsement-key', form: 'der', read: readEndorsementKey, samples: samples.snpKeys },
    { name: 'pck-extension', form: 'der', read: readPckExtension, samples: samples.pckExtensions },
    {
      name: 'pem',
      form: 'bytes',
      read: (input) => readPem(input, 'CERTIFICATE').map(readCertificate),
      samples: samples.pems,
    },
    { name: 'cbor', form: 'cbor', read: (input) => readCbor(input, { indefiniteMaps: true }), samples: samples.nitro },
    { name: 'nitro', form: 'cbor', read: readNitroDocument, samples: samples.nitro },
    { name: 'intel-quote', form: 'bytes', read: readIntelQuote, samples: samples.intelQuotes },
    {
      name: 'tcb-info',
      form: 'json',
      read: (input) => readTcbInfo(readSignedDocument(input, 'tcbInfo').json),
      samples: samples.tcbInfos,
    },
    {
      name: 'qe-identity',
      form: 'json',
      read: (input) => readQeIdentity(readSignedDocument(input, 'enclaveIdentity').json),
      samples: samples.qeIdentities,
    },
    { name: 'collateral-json', form: 'json', read: readCollateralJson, samples: samples.collateralFiles },
    { name: 'snp-report', form: 'bytes', read: readSnpReport, samples: samples.snpReports },
    { name: 'azure-evidence', form: 'json', read: readAzure, samples: samples.azure },
    { name: 'hcl-report', form: 'bytes', read: (input) => readHclReport(input), samples: samples.hclReports },
    { name: 'runtime-claims', form: 'json', read: readRuntimeClaims, samples: samples.runtimeClaims },
    { name: 'tpm-quote', form: 'bytes', read: readTpmQuote, samples: samples.tpmQuotes },
    { name: 'event-log', form: 'bytes', read: readLog, samples: samples.eventLogs },
    { name: 'bundle', form: 'json', read: parseBundle, samples: samples.bundles },
    { name: 'policy-file', form: 'json', read: (input) => readPolicyFile(input), samples: samples.policies },
    { name: 'evidence-file', form: 'bytes', read: (input) => readFile('file', input), samples: samples.files },
    { name: 'endorsement', form: 'bytes', read: (input) => endorsementTerm(input), samples: samples.endorsements },
    { name: 'folder-file', form: 'bytes', read: readForFolder, samples: samples.files },
    { name: 'simulator', form: 'json', read: parseSimulatorQuote, samples: samples.simulator },
    { name: 'binding', form: 'json', read: (input) => bindingFromJson(readJson(input)), samples: json.bindings },
    {
      name: 'attestation-quote',
      form: 'json',
      read: (input) => attestationQuoteFromJson(readJson(input)),
      samples: json.quotes,
    },
  ]
}

/** Those of the protocol room. A submission's body is its schema's to refuse, in the contracts room. */
export function protocolParsers({ text }: Samples): readonly FuzzedParser[] {
  return [
    { name: 'certificate-file', form: 'json', read: readWholeCertificate, samples: text.certificates },
    { name: 'certificate-claims', form: 'json', read: parseClaims, samples: text.claims },
    { name: 'tlog-proof', form: 'bytes', read: asText(parseTlogProof), samples: text.tlogProofs },
    { name: 'note', form: 'bytes', read: asText((note) => parseTreeHead(parseNote(note).text)), samples: text.notes },
    { name: 'vkey', form: 'bytes', read: asText(parseVkey), samples: text.vkeys },
    { name: 'entry-bundle', form: 'bytes', read: (input) => decodeEntryBundle(input, 3), samples: text.entryBundles },
    { name: 'credentials', form: 'json', read: readCredentials, samples: text.credentials },
  ]
}

function readIntelQuote(input: Uint8Array): void {
  const { body, bodyKind, qe } = readQuote(input)
  if (bodyKind !== 'enclave') readTdReport(body, bodyKind)
  readPem(qe.pckChain, 'CERTIFICATE').forEach(readCertificate)
}

function readAzure(input: Uint8Array): void {
  const { hclReport, message } = readAzureVtpmEvidence(input)
  readRuntimeClaims(readHclReport(hclReport).claims)
  readTpmQuote(message)
}

/** The first byte of the samples says which kind they are of. */
function readLog(input: Uint8Array): void {
  readEventLog(input.subarray(1), input[0] === 0 ? 'tpm' : 'ccel')
}

/** A file beside evidence of every family, as the enclave takes it from its host: whatever it is, the evidence goes on. */
function readForFolder(input: Uint8Array): void {
  const content = readFile('file', input)
  if (!content) return
  const quote = content.evidence?.quote ?? new Uint8Array(1184)
  for (const type of ['snp', 'tdx', 'nitro', 'azure-vtpm']) {
    const evidence = { type, quote, binding: null }
    coverageOf(evidence, gatherEndorsements(evidence, content.endorsements, [content]))
  }
}

function readWholeCertificate(input: Uint8Array): void {
  const { statement, cmw, tlogProof } = parseCertificateFile(input)
  parseClaims(parseStatement(statement).payload)
  parseCmw(cmw)
  parseTreeHead(parseNote(parseTlogProof(tlogProof).checkpoint).text)
}

function asText(read: (text: string) => unknown): (input: Uint8Array) => unknown {
  return (input) => read(decodeUtf8(input))
}
