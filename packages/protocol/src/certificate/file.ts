import { decodeUtf8 } from '../bytes/utf8.ts'
import { ProtocolError } from '../errors.ts'
import { type Fail, Members } from '../json/members.ts'
import { type Json, readJson } from '../json/read-json.ts'
import { type Cmw, readCmw } from './cmw.ts'
import type { Statement, StatementSignature } from './statement.ts'

export const CERTIFICATE_MEDIA_TYPE = 'application/vnd.perf-aggregator.certificate.v1+json'

/** A hundred times a usual certificate; a reader holds a file of this size several times over while checking it. */
export const MAX_CERTIFICATE_BYTES = 1_048_576

/** The certificate file (docs/protocol.md section 5) with the right shape, and nothing more: all of it is unverified. */
export interface UnverifiedCertificate {
  readonly mediaType: typeof CERTIFICATE_MEDIA_TYPE
  readonly statement: Statement
  /** A C2SP tlog-proof. */
  readonly tlogProof: string
  readonly cmw: Cmw
}

/**
 * Reads a certificate file. `certificate_too_large`, the JSON codes of `readJson`, `certificate_media_type` (before the
 * shape, since another media type may rightly have another shape), `certificate_malformed` for a member that is missing,
 * unknown or of the wrong form.
 */
export function parseCertificateFile(file: string | Uint8Array): UnverifiedCertificate {
  if (file.length > MAX_CERTIFICATE_BYTES) {
    throw new ProtocolError('certificate_too_large', `a certificate has at most ${MAX_CERTIFICATE_BYTES} bytes`)
  }
  return readCertificate(readJson(typeof file === 'string' ? file : decodeUtf8(file), 8))
}

/** The same from JSON that was already read, for example from an enclave's answer. */
export function readCertificate(json: Json): UnverifiedCertificate {
  const members = new Members(json, '', fail)
  if (members.string('mediaType') !== CERTIFICATE_MEDIA_TYPE) {
    throw new ProtocolError('certificate_media_type', `not ${CERTIFICATE_MEDIA_TYPE}`)
  }
  const statement = members.object('statement')
  const certificate: UnverifiedCertificate = {
    mediaType: CERTIFICATE_MEDIA_TYPE,
    statement: {
      payload: statement.string('payload'),
      signatures: statement.array('signatures').map(readSignature),
    },
    tlogProof: members.string('tlogProof'),
    cmw: readCmw(members.object('cmw')),
  }
  statement.end()
  members.end()
  return certificate
}

/** The file's text: indented, one trailing newline. */
export function formatCertificateFile(certificate: UnverifiedCertificate): string {
  return `${JSON.stringify(certificate, null, 2)}\n`
}

function readSignature(json: Json, at: number): StatementSignature {
  const members = new Members(json, `statement.signatures.${at}`, fail)
  const signature = { protected: members.string('protected'), signature: members.string('signature') }
  members.end()
  return signature
}

const fail: Fail = (why, path, expected) =>
  new ProtocolError(
    'certificate_malformed',
    `certificate: ${path === '' ? 'the file' : path}: ${why}, expected ${expected}`,
  )
