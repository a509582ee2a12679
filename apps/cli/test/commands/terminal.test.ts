import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { certificateMaker } from '@perf-aggregator/testkit'
import { eventually } from '../processes.ts'
import { run, temporaryFolder } from '../tool.ts'

const ENTRY = join(import.meta.dirname, '../../bin/perf-aggregator.js')
/** Debian and Ubuntu have it in an essential package. */
const SCRIPT = '/usr/bin/script'
const KEY = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP'
const SECRET = 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zv'
const ESCAPE = '\u001B['

const folder = temporaryFolder()
const certificate = join(folder, 'certificate.json')
writeFileSync(certificate, (await certificateMaker().make()).text)
const verify = ['certificate', 'verify', certificate, '--allow-simulator']
const register = ['register', '--exchange', 'kraken', '--allow-simulator', '--url', 'http://127.0.0.1:9']

/**
 * The tool on a terminal of `script(1)`: answers each prompt once it is there, as fingers do, and resolves with all the
 * terminal showed, typed characters included where they were echoed.
 */
async function onTerminal(
  args: readonly string[],
  answers: readonly (readonly [prompt: string, typed: string])[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly screen: string }> {
  const command = [process.execPath, ENTRY, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn(SCRIPT, ['--quiet', '--return', '--command', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], HOME: folder, TERM: 'xterm-256color', SHELL: '/bin/sh', ...environment },
  })
  after(() => void child.kill('SIGKILL'))
  let screen = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    screen += chunk
  })
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(240_000) }) as Promise<[number | null]>
  for (const [prompt, typed] of answers) {
    await eventually(prompt, () => screen.includes(prompt))
    child.stdin.write(typed)
  }
  const [code] = await ended
  return { code, screen }
}

suite('on a terminal', { concurrency: 2 }, () => {
  test('secrets are asked for, and what is typed is not shown', async () => {
    const { code, screen } = await onTerminal(register, [
      ['API key (not shown): ', `${KEY}\r`],
      ['API secret (not shown): ', `${SECRET}\r`],
    ])
    // Both were taken: the next thing is the enclave, which is not there.
    assert.match(screen, /\(network\)/)
    assert.equal(code, 1)
    assert.ok(!screen.includes(KEY.slice(0, 8)))
    assert.ok(!screen.includes(SECRET.slice(0, 8)))
  })

  test('an empty answer is no secret', async () => {
    const { code, screen } = await onTerminal(register, [['API key (not shown): ', '\r']])
    assert.equal(code, 2)
    assert.match(screen, /API key is missing: set API_KEY/)
  })

  for (const [name, typed] of [
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ] as const) {
    test(`${name} leaves the prompt without a word`, async () => {
      const { code, screen } = await onTerminal(register, [['API key (not shown): ', typed]])
      assert.equal(code, 130)
      assert.doesNotMatch(screen, /error|Abort|\n {4}at /)
    })
  }

  test('a secret on the command line works, with a warning', async () => {
    const { stderr } = await run([...register, '--api-key', KEY, '--secret', SECRET])
    assert.match(
      stderr,
      /^warning: --api-key on the command line stays in the shell history; use API_KEY, --api-key-file/m,
    )
    assert.match(stderr, /^warning: --secret on the command line/m)
    assert.match(stderr, /\(network\)/)
    assert.ok(!stderr.includes(KEY))
    assert.ok(!stderr.includes(SECRET))
  })

  test('colours are for a terminal that wants them', async () => {
    const coloured = await onTerminal(verify, [])
    assert.equal(coloured.code, 0)
    assert.ok(coloured.screen.includes(`${ESCAPE}32mpass`))
    const plain = await onTerminal(verify, [], { NO_COLOR: '1' })
    assert.match(plain.screen, /^pass {2}media_type/m)
    assert.ok(!plain.screen.includes(ESCAPE))
    const piped = await run(verify)
    assert.match(piped.stdout, /^pass {2}media_type/m)
    assert.ok(!piped.stdout.includes(ESCAPE))
  })
})
