import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { suite, test } from 'node:test'

const ROOT = join(import.meta.dirname, '../../../..')

const called = (tool: string, ...words: string[]): { code: number | null; stdout: string; stderr: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'tools', `${tool}.ts`), ...words], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return { code: status, stdout, stderr }
}

suite('the tools of the house', () => {
  for (const tool of ['fuzz', 'bench', 'conformance', 'measure', 'check']) {
    test(`${tool} --help shows an example of itself`, () => {
      const { code, stdout, stderr } = called(tool, '--help')
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      assert.match(stdout, new RegExp(`^Usage: npm run ${tool}\\b[^]*\nExamples:\n {2}\\$ npm run ${tool}`))
    })
  }

  const wrong: readonly (readonly [tool: string, words: readonly string[], says: RegExp])[] = [
    ['fuzz', ['--bogus'], /unknown option '--bogus'/i],
    ['fuzz', ['--inputs', 'many'], /--inputs takes a whole number from 1 on/],
    ['fuzz', ['--inputs', '-3'], /'--inputs' argument is ambiguous; --help/],
    ['bench', ['bogus'], /no benchmark is called bogus; there are .*booking/],
    ['conformance', ['--exhaustive=3'], /'--exhaustive' does not take an argument/],
    ['measure', ['bogus'], /takes no names/],
  ]
  for (const [tool, words, says] of wrong) {
    test(`${tool} ${words.join(' ')} is one sentence and exit code 2`, () => {
      const { code, stdout, stderr } = called(tool, ...words)
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
      assert.match(stderr, says)
      assert.match(stderr, /^error [^\n]+; --help shows how\n$/)
    })
  }
})
