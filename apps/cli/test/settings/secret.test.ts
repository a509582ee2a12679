import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readSecret, type SecretSources } from '../../src/settings/secret.ts'
import { UsageError } from '../../src/settings/usage-error.ts'
import { temporaryFolder } from '../tool.ts'

const SECRET = 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zv'
const VARIABLE = 'SECRET_OF_THIS_TEST'
const folder = temporaryFolder()

const SOURCES: SecretSources = {
  name: 'API secret',
  flag: '--secret',
  variable: VARIABLE,
  argument: undefined,
  file: undefined,
  required: true,
}

async function read(sources: Partial<SecretSources>): Promise<{ secret: string | undefined; remarks: string }> {
  const remarks: string[] = []
  const secret = await readSecret({ ...SOURCES, ...sources }, { remark: (line) => void remarks.push(line) })
  return { secret, remarks: remarks.join('\n') }
}

function fileWith(text: string): string {
  const path = join(folder, `secret-${text.length}`)
  writeFileSync(path, text)
  return path
}

async function withVariable<T>(value: string, work: () => Promise<T>): Promise<T> {
  process.env[VARIABLE] = value
  try {
    return await work()
  } finally {
    delete process.env[VARIABLE]
  }
}

function refusal(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UsageError)
    assert.match(error.message, pattern)
    assert.ok(!error.message.includes(SECRET))
    return true
  }
}

test('an argument works, with a warning that names the other ways and not the secret', async () => {
  const { secret, remarks } = await read({ argument: SECRET })
  assert.equal(secret, SECRET)
  assert.match(remarks, /--secret .* shell history; use SECRET_OF_THIS_TEST, --secret-file or the prompt/)
  assert.ok(!remarks.includes(SECRET))
})

for (const [name, content, secret] of [
  ['without a newline', SECRET, SECRET],
  ['with one', `${SECRET}\n`, SECRET],
  ['from Windows', `${SECRET}\r\n`, SECRET],
  ['of several lines', `-----BEGIN\n${SECRET}\n-----END\n`, `-----BEGIN\n${SECRET}\n-----END`],
  ['with a space that belongs to it', `${SECRET} \n\n`, `${SECRET} \n`],
] as const) {
  test(`a file ${name}`, async () => {
    assert.deepEqual(await read({ file: fileWith(content) }), { secret, remarks: '' })
  })
}

test('a variable, and a file before it', async () => {
  await withVariable(SECRET, async () => {
    assert.deepEqual(await read({}), { secret: SECRET, remarks: '' })
    assert.equal((await read({ file: fileWith('of the file') })).secret, 'of the file')
  })
})

test('a secret that is nowhere is asked for by naming its sources', async () => {
  await assert.rejects(
    read({}),
    refusal(/^API secret is missing: set SECRET_OF_THIS_TEST, or give --secret-file FILE$/),
  )
  await withVariable('', async () => {
    await assert.rejects(read({}), refusal(/API secret is missing/))
  })
})

test('one that is not required is left out', async () => {
  assert.equal((await read({ required: false })).secret, undefined)
})

test('a file that cannot be read, or is empty, is named by its option', async () => {
  await assert.rejects(read({ file: join(folder, SECRET) }), refusal(/--secret-file cannot be read: no such file/))
  await assert.rejects(read({ file: folder }), refusal(/--secret-file cannot be read: it is a folder/))
  await assert.rejects(read({ file: fileWith('\n') }), refusal(/--secret-file is empty/))
})
