/** TCB info and QE identity: form, signature and dates, alike for both. */

import { type Check, type CheckName, check } from '../checks.ts'
import { instant } from '../instant.ts'
import type { Term } from '../validity.ts'
import type { IntelTrust } from './pck.ts'
import { type QeIdentity, readQeIdentity } from './qe-identity.ts'
import type { IntelTee } from './quote.ts'
import { readSignedDocument, type SignedDocument, type SignedMember } from './signed-document.ts'
import { readTcbInfo, type TcbInfo } from './tcb-info.ts'
import { isSignedDocument, type SignerAppraisal } from './tcb-signer.ts'

interface Dated {
  readonly tee: IntelTee
  readonly issuedAt: number
  readonly nextUpdate: number
}

interface Kind<Content extends Dated> {
  readonly what: string
  readonly member: SignedMember
  readonly read: (json: unknown) => Content
  readonly checks: Readonly<Record<'form' | 'tee' | 'signature' | 'notBefore' | 'notAfter', CheckName>>
}

const TCB_INFO: Kind<TcbInfo> = {
  what: 'TCB info',
  member: 'tcbInfo',
  read: readTcbInfo,
  checks: {
    form: 'intel_tcb_info_form',
    tee: 'intel_tcb_info_tee',
    signature: 'intel_tcb_info_signature',
    notBefore: 'intel_tcb_info_not_before',
    notAfter: 'intel_tcb_info_not_after',
  },
}

const QE_IDENTITY: Kind<QeIdentity> = {
  what: 'QE identity',
  member: 'enclaveIdentity',
  read: readQeIdentity,
  checks: {
    form: 'intel_qe_identity_form',
    tee: 'intel_qe_identity_tee',
    signature: 'intel_qe_identity_signature',
    notBefore: 'intel_qe_identity_not_before',
    notAfter: 'intel_qe_identity_not_after',
  },
}

export interface DocumentAppraisal<Content> {
  readonly checks: readonly Check[]
  readonly terms: readonly Term[]
  /** To be believed only when no check failed. */
  readonly content: Content | null
}

export type AppraiseDocument<Content> = (
  bytes: Uint8Array,
  tee: IntelTee,
  signer: SignerAppraisal,
  trust: IntelTrust,
) => Promise<DocumentAppraisal<Content>>

export const appraiseTcbInfo: AppraiseDocument<TcbInfo> = (...given) => appraise(TCB_INFO, ...given)
export const appraiseQeIdentity: AppraiseDocument<QeIdentity> = (...given) => appraise(QE_IDENTITY, ...given)

async function appraise<Content extends Dated>(
  { what, member, read, checks: names }: Kind<Content>,
  bytes: Uint8Array,
  tee: IntelTee,
  signer: SignerAppraisal,
  trust: IntelTrust,
): Promise<DocumentAppraisal<Content>> {
  const document = readFramed(bytes, member)
  const content = document && readContent(document, read)
  const isOfTee = content?.tee === tee
  const form = check(
    names.form,
    content !== null,
    `${what}, byte for byte as Intel serves it`,
    content ? 'so' : 'another thing',
  )
  if (!document) return { checks: [form], terms: [], content: null }
  const isSigned = await isSignedDocument(document, signer, trust)
  const signature = check(names.signature, isSigned, `${what}: signed by its signer`, isSigned ? 'so' : 'not so')
  if (!content) return { checks: [form, signature], terms: [], content: null }

  const { issuedAt, nextUpdate } = content
  const { now } = trust
  return {
    checks: [
      form,
      check(names.tee, isOfTee, `${what} about ${tee.toUpperCase()}`, content.tee.toUpperCase()),
      signature,
      check(names.notBefore, issuedAt <= now, `${what}: issued at ${instant(now)} or before`, instant(issuedAt)),
      check(names.notAfter, now <= nextUpdate, `${what}: in force at ${instant(now)} or longer`, instant(nextUpdate)),
    ],
    terms: [{ what, notBefore: issuedAt, notAfter: nextUpdate }],
    content: isOfTee ? content : null,
  }
}

function readFramed(bytes: Uint8Array, member: SignedMember): SignedDocument | null {
  try {
    return readSignedDocument(bytes, member)
  } catch {
    return null
  }
}

function readContent<Content>({ json }: SignedDocument, read: (json: unknown) => Content): Content | null {
  try {
    return read(json)
  } catch {
    return null
  }
}
