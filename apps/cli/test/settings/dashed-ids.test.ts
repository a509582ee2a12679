import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { idsBehindOptions } from '../../src/settings/dashed-ids.ts'

const CERTIFICATE = '-BeTI1MqddfkEGasUm81cdyY103dXaj_rMBi6WGix2Y'
/** Read letter by letter, its second is the flag of the help. */
const LIKE_HELP = '-hZI1MqddfkEGasUm81cdyY103dXaj_rMBi6WGix2YA'
const TWICE_DASHED = '--eTI1MqddfkEGasUm81cdyY103dXaj_rMBi6WGix2Y'
const TOKEN = '-7e_Ch2yTq6oXbq1wAnvIQ'

interface Read {
  readonly id: string | undefined
  readonly out: string | undefined
  readonly json: boolean
}

async function read(words: readonly string[]): Promise<Read> {
  let result: Read | undefined
  const program = new Command('tool').exitOverride().configureOutput({ writeErr: () => undefined })
  program
    .command('get')
    .argument('[id]')
    .option('--out <file>')
    .option('--json')
    .action((id: string | undefined, { out, json }: { out?: string; json?: true }) => {
      result = { id, out, json: json === true }
    })
  await program.parseAsync(idsBehindOptions(words, program), { from: 'user' })
  assert.ok(result !== undefined)
  return result
}

for (const id of [CERTIFICATE, LIKE_HELP, TWICE_DASHED, TOKEN]) {
  test(`${id} is an id wherever it stands`, async () => {
    const expected = { id, out: 'x.json', json: true }
    assert.deepEqual(await read(['get', id, '--out', 'x.json', '--json']), expected)
    assert.deepEqual(await read(['get', '--out', 'x.json', '--json', id]), expected)
    assert.deepEqual(await read(['get', '--out', 'x.json', '--json', '--', id]), expected)
  })

  test(`${id} is the value of the option before it`, async () => {
    assert.deepEqual(await read(['get', '--out', id, '--json']), { id: undefined, out: id, json: true })
  })
}

test('an unknown option is none of these, whatever its length', async () => {
  for (const word of ['--bogus', '--allow-simulators-all', '-x', CERTIFICATE.slice(0, -1), `${CERTIFICATE}A`]) {
    await assert.rejects(read(['get', word]), { code: 'commander.unknownOption' }, word)
  }
})

test('other words stay as they are', () => {
  const words = ['get', 'BeTI1MqddfkEGasUm81cdyY103dXaj_rMBi6WGix2Y0', '--json', '--', '--out']
  assert.equal(idsBehindOptions(words, new Command()), words)
})
