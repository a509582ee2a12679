import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { type AttestationErrorCode, CHECK_CODES } from '@perf-aggregator/attestation'
import { type EncodingErrorCode, PROTOCOL_ERROR_CODES } from '@perf-aggregator/protocol'
import { ENCLAVE_ERROR_CODES, EnclaveError } from '../src/errors.ts'

const text = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

/** The table rows under a heading, as cells. */
function rows(heading: string): readonly (readonly string[])[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`))
  assert.ok(section, `docs/errors.md has no section ${heading}`)
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
}

function sameCodes(heading: string, codes: readonly string[]): void {
  const documented = rows(heading).map((cells) => (cells[1] ?? '').replaceAll('`', ''))
  assert.deepEqual([...documented].sort(), [...codes].sort(), `${heading}: codes and documentation differ`)
  for (const cells of rows(heading)) {
    assert.ok(
      cells.slice(1, -1).every((cell) => cell.length > 2),
      `${cells[1]} has an empty cell`,
    )
  }
}

test('every code of the enclave is documented with its status, its meaning and the way out', () => {
  sameCodes('Enclave', ENCLAVE_ERROR_CODES)
  for (const [, code = '', status] of rows('Enclave')) {
    const known = ENCLAVE_ERROR_CODES.find((name) => `\`${name}\`` === code)
    assert.ok(known)
    assert.equal(String(new EnclaveError(known, '').status), status, `${code} has another status`)
  }
})

test('every code of the protocol is documented', () => {
  sameCodes('Protocol', PROTOCOL_ERROR_CODES)
})

test('every code of attestation is documented, the verdicts among them', () => {
  const attestation = {
    field_missing: true,
    field_unknown: true,
    field_malformed: true,
    enclave_pubkey_mismatch: true,
    image_hash_mismatch: true,
    endorsements_malformed: true,
    der_malformed: true,
    pem_malformed: true,
    x509_malformed: true,
    crl_malformed: true,
    cbor_malformed: true,
    json_malformed: true,
    structure_malformed: true,
    bundle_malformed: true,
  } satisfies Record<AttestationErrorCode, true>
  sameCodes('Attestation', Object.keys(attestation))
  sameCodes('Verdict', [...new Set(Object.values(CHECK_CODES))])
})

test('every code of the codecs is documented', () => {
  const encoding = {
    invalid_base64: true,
    invalid_hex: true,
    invalid_utf8: true,
    invalid_json_value: true,
    integer_out_of_range: true,
    structure_truncated: true,
    structure_trailing_bytes: true,
  } satisfies Record<EncodingErrorCode, true>
  sameCodes('Encoding', Object.keys(encoding))
})
