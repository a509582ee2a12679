/** One endorsement read for its form and its time: whoever keeps or serves what came from outside knows then that it is one. */
import { equalBytes } from '../bytes/index.ts'
import { type EndorsementName, labelled } from '../endorsements.ts'
import { AttestationError } from '../errors.ts'
import { readQeIdentity } from '../intel/qe-identity.ts'
import { readSignedDocument } from '../intel/signed-document.ts'
import { readTcbInfo } from '../intel/tcb-info.ts'
import { intersect, type Term } from '../validity.ts'
import { readCertificate, readCrl, readPem } from '../x509/index.ts'

/** Certificates an issuer chain may have; Intel's have two. */
const LONGEST_CHAIN = 4

/**
 * When one labelled endorsement holds. It is read whole, and its signature is not looked at.
 *
 * @throws {AttestationError} for what has no label, is not of the form its label says, or has something beside it
 */
export function endorsementTerm(item: Uint8Array): Term {
  const read = labelled(item)
  if (!read) throw new AttestationError('endorsements_malformed', 'an endorsement without a known label')
  return { what: read.name, ...TERMS[read.name](read.bytes) }
}

type Interval = Pick<Term, 'notBefore' | 'notAfter'>

const TERMS: Readonly<Record<EndorsementName, (bytes: Uint8Array) => Interval>> = {
  certificate: certificateTerm,
  crl: crlTerm,
  'tcb-info': (bytes) => documentTerm(readTcbInfo(readSignedDocument(bytes, 'tcbInfo').json)),
  'tcb-info-issuer-chain': chainTerm,
  'qe-identity': (bytes) => documentTerm(readQeIdentity(readSignedDocument(bytes, 'enclaveIdentity').json)),
  'qe-identity-issuer-chain': chainTerm,
  'pck-crl': crlTerm,
  'pck-crl-issuer-chain': chainTerm,
  'root-ca-crl': crlTerm,
  'pck-certificate-chain': chainTerm,
}

function certificateTerm(der: Uint8Array): Interval {
  const { notBefore, notAfter } = readCertificate(der)
  return { notBefore, notAfter }
}

function crlTerm(der: Uint8Array): Interval {
  const { thisUpdate, nextUpdate } = readCrl(der)
  return { notBefore: thisUpdate, notAfter: nextUpdate }
}

function documentTerm({ issuedAt, nextUpdate }: { readonly issuedAt: number; readonly nextUpdate: number }): Interval {
  return { notBefore: issuedAt, notAfter: nextUpdate }
}

/** Each names the next as its issuer: the chain of somebody else is not kept as one of ours by its label alone. */
function chainTerm(pem: Uint8Array): Interval {
  const certificates = readPem(pem, 'CERTIFICATE').map(readCertificate)
  const isChain = certificates.every((one, at) => equalBytes(one.issuer, (certificates[at + 1] ?? one).subject))
  const term = intersect(certificates.map(({ notBefore, notAfter }) => ({ what: '', notBefore, notAfter })))
  if (!term || !isChain || certificates.length > LONGEST_CHAIN) {
    throw new AttestationError('x509_malformed', 'not a chain of certificates')
  }
  return { notBefore: term.notBefore, notAfter: term.notAfter }
}
