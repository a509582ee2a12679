/** How requests are checked against their schemas, and what a failed check is called. */
import { ERROR_CODE_KEYWORD } from '@perf-aggregator/contracts'
import type { FastifySchemaValidationError, FastifyServerOptions } from 'fastify'
import { ENCLAVE_ERROR_CODES, EnclaveError, type EnclaveErrorCode } from '../errors.ts'

/**
 * Fastify would by default strip unknown fields, turn `"7"` into 7 and fill in defaults: a submission could then mean
 * something else than what was sent. `verbose` hands each error the schema it broke, where our own codes stand.
 */
export const AJV_OPTIONS = {
  customOptions: {
    removeAdditional: false,
    coerceTypes: false,
    useDefaults: false,
    allErrors: false,
    verbose: true,
    strict: true,
    strictRequired: false,
    keywords: [ERROR_CODE_KEYWORD],
  },
} as const satisfies FastifyServerOptions['ajv']

/** Our words per JSON Schema keyword: the validator's own quote patterns and may quote input. */
const WORDS: Readonly<Record<string, string>> = {
  type: 'has the wrong type',
  required: 'is missing a field',
  additionalProperties: 'has a field that is not known',
  enum: 'is none of the values allowed',
  const: 'is not the value allowed',
  pattern: 'has the wrong form',
  minLength: 'is too short',
  maxLength: 'is too long',
  minimum: 'is too small',
  maximum: 'is too large',
  minItems: 'has too few entries',
  maxItems: 'has too many entries',
  uniqueItems: 'names something twice',
}

const WHERE: Readonly<Record<string, string>> = {
  body: 'the body',
  querystring: 'the query',
  params: 'the path',
  headers: 'a header',
}

/** `place` is Fastify's name of what was checked. The path of the field consists of names of our schemas only. */
export function toEnclaveError(
  place: string | undefined,
  failures: readonly FastifySchemaValidationError[],
): EnclaveError {
  const failure = failures[0]
  const where = `${WHERE[place ?? ''] ?? 'the request'}${failure?.instancePath === undefined || failure.instancePath === '' ? '' : ` at ${failure.instancePath}`}`
  const missing = failure?.keyword === 'required' ? ` (${String(failure.params['missingProperty'])})` : ''
  const words = WORDS[failure?.keyword ?? ''] ?? 'is not valid'
  return new EnclaveError(ownCode(failure) ?? 'invalid_request', `${where} ${words}${missing}${allowed(failure)}`)
}

/** The values that a list of ours allows, which is the way out and nothing that was sent. */
function allowed(failure: FastifySchemaValidationError | undefined): string {
  const values: unknown = failure?.keyword === 'enum' ? failure.params['allowedValues'] : undefined
  return Array.isArray(values) ? `: ${values.join(', ')}` : ''
}

/** The code the broken schema asks for, where it names one for the keyword that failed. */
function ownCode(failure: FastifySchemaValidationError | undefined): EnclaveErrorCode | undefined {
  if (failure === undefined || !('parentSchema' in failure)) return undefined
  const schema = failure.parentSchema as Readonly<Record<string, unknown>>
  const codes = schema[ERROR_CODE_KEYWORD] as Readonly<Record<string, string>> | undefined
  const code = codes?.[failure.keyword]
  return ENCLAVE_ERROR_CODES.find((known) => known === code)
}
