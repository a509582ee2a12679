/** What KMS answered, sorted: an answer, a refusal with its way out, or something to ask again after. Pure; nothing of it is repeated. */
import { EnclaveError, type EnclaveErrorCode } from '../../../errors.ts'
import type { Reply } from './exchange.ts'

export type Outcome =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly error: EnclaveError }
  /** With what to say when it was the last time. */
  | { readonly kind: 'again'; readonly error?: EnclaveError }

/** KMS API Reference, "Common Errors" and those of GenerateDataKey and Decrypt, by what an operator does about them. */
const ERRORS: Readonly<Record<string, readonly [code: EnclaveErrorCode, detail: string]>> = {
  ...named(
    ['AccessDeniedException'],
    'key_release_refused',
    'KMS denies it the key: let its policy allow GenerateDataKey and Decrypt to the role of the instance for this image',
  ),
  ...named(
    ['DisabledException', 'KMSInvalidStateException', 'NotFoundException', 'InvalidKeyUsageException'],
    'key_release_refused',
    'the key of KMS_KEY_ARN is not there, not enabled, or no symmetric key for encryption',
  ),
  ...named(
    ['ValidationException', 'InvalidGrantTokenException', 'DryRunOperationException', 'UnsupportedOperationException'],
    'key_release_refused',
    'KMS does not take its request or its attestation document: see that the clock of this enclave is right',
  ),
  ...named(
    ['InvalidCiphertextException', 'IncorrectKeyException'],
    'root_of_trust',
    'KMS does not know the data key: it was made under another key than that of KMS_KEY_ARN, or was altered since',
  ),
  ...named(
    [
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'ExpiredTokenException',
      'ExpiredToken',
      'MissingAuthenticationToken',
      'MissingAuthenticationTokenException',
      'NotAuthorized',
      'OptInRequired',
    ],
    'key_release_credentials',
    'KMS does not take the credentials: see that what KMS_CREDENTIALS names gives those of a role that lives',
  ),
  ...named(
    ['IncompleteSignature', 'IncompleteSignatureException', 'InvalidSignatureException', 'RequestExpired'],
    'key_release_credentials',
    "KMS does not take the signature: see that this enclave's clock is right and the credentials are whole",
  ),
}

const AGAIN: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'DependencyTimeoutException',
  'KMSInternalException',
  'KeyUnavailableException',
  'InternalFailure',
  'ServiceUnavailable',
  'ServiceUnavailableException',
])

/** @param image PCR0 of this enclave, hexadecimal: what the key's policy must name */
export function sortReply({ status, body }: Reply, image: string): Outcome {
  const parsed = parse(body)
  if (status === 200) {
    if (parsed !== null) return { kind: 'answer', answer: parsed }
    return refusal('root_of_trust', 'KMS gave no answer this enclave reads', image)
  }
  const name = errorName(parsed)
  if (status === 429 || status >= 500 || AGAIN.has(name)) return { kind: 'again', error: busy() }
  const known = Object.hasOwn(ERRORS, name) ? ERRORS[name] : undefined
  const [code, detail] = known ?? ['key_release_refused', 'KMS refuses for a reason this enclave does not know']
  return refusal(code, detail, image)
}

function busy(): EnclaveError {
  const detail = 'KMS answers that it is too busy or fails: see that it is up in the region of KMS_KEY_ARN'
  return new EnclaveError('key_release_unavailable', `aws-kms: ${detail}`)
}

function refusal(code: EnclaveErrorCode, detail: string, image: string): Outcome {
  return { kind: 'refused', error: new EnclaveError(code, `aws-kms, image ${image}: ${detail}`) }
}

function parse(body: string): object | null {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' ? parsed : null
  } catch {
    return null
  }
}

/** `__type`, with or without a namespace before it (AWS JSON 1.1 protocol, "Operation error serialization"). */
function errorName(parsed: object | null): string {
  const type: unknown = parsed === null ? null : (parsed as Record<string, unknown>)['__type']
  return typeof type === 'string' ? type.slice(type.lastIndexOf('#') + 1) : ''
}

function named(
  names: readonly string[],
  code: EnclaveErrorCode,
  detail: string,
): Readonly<Record<string, readonly [EnclaveErrorCode, string]>> {
  return Object.fromEntries(names.map((name) => [name, [code, detail] as const]))
}
