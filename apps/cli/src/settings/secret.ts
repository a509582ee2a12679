/**
 * Where secrets come from: an environment variable, a file, or a prompt that does not echo. An argument would land in
 * the shell's history and in the list of processes, so it works only with a warning.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Terminal } from '../display/terminal.ts'
import { reason } from './files.ts'
import { Interrupted } from './interrupted.ts'
import { UsageError } from './usage-error.ts'

export interface SecretSources {
  /** What is asked for, in words. */
  readonly name: string
  /** The value of the argument, if it was given. */
  readonly argument: string | undefined
  /** Name of the argument, for the warning. */
  readonly flag: string
  /** A file whose whole content, less one trailing newline, is the secret. */
  readonly file: string | undefined
  /** Name of the environment variable. */
  readonly variable: string
  readonly required: boolean
}

/**
 * The secret, from the first source that has one. Rejects with `UsageError`, which names the sources and never the
 * secret, and with `Interrupted` when the prompt was left.
 */
export async function readSecret(
  sources: SecretSources,
  terminal: Pick<Terminal, 'remark'>,
): Promise<string | undefined> {
  const { name, flag, variable, argument, file, required } = sources
  if (argument !== undefined) {
    terminal.remark(
      `warning: ${flag} on the command line stays in the shell history; use ${variable}, ${flag}-file or the prompt`,
    )
    return argument
  }
  if (file !== undefined) return readSecretFile(file, flag)
  const fromEnvironment = process.env[variable]
  if (fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment
  if (!required) return undefined
  const answer = process.stdin.isTTY ? await prompt(name) : ''
  if (answer === '') throw new UsageError(`${name} is missing: set ${variable}, or give ${flag}-file FILE`)
  return answer
}

function readSecretFile(file: string, flag: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`the file given with ${flag}-file cannot be read: ${reason(error)}`)
  }
  const secret = text.replace(/\r?\n$/, '')
  if (secret === '') throw new UsageError(`the file given with ${flag}-file is empty`)
  return secret
}

/** One line from the terminal, of which nothing is shown or remembered. */
async function prompt(name: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 })
  // Asked only now that the terminal has stopped echoing.
  process.stderr.write(`${name} (not shown): `)
  try {
    return await lines.question('')
  } catch {
    // Ctrl-C and Ctrl-D: readline knows no other failure.
    throw new Interrupted()
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
