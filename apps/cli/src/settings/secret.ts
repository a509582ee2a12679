/**
 * Where secrets come from: an environment variable, a file, or a prompt that does not echo. An argument would land in
 * the shell's history and in the list of processes, so it works only with a warning.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Terminal } from '../display/terminal.ts'
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

export async function readSecret(sources: SecretSources, terminal: Terminal): Promise<string | undefined> {
  if (sources.argument !== undefined) {
    terminal.remark(
      `warning: ${sources.flag} on the command line stays in the shell history; use ${sources.variable}, ${sources.flag}-file or the prompt`,
    )
    return sources.argument
  }
  if (sources.file !== undefined) {
    try {
      return readFileSync(sources.file, 'utf8').replace(/\r?\n$/, '')
    } catch {
      throw new UsageError(`the file given with ${sources.flag}-file cannot be read`)
    }
  }
  const fromEnvironment = process.env[sources.variable]
  if (fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment
  if (!sources.required) return undefined
  if (!process.stdin.isTTY) {
    throw new UsageError(`${sources.name} is missing: set ${sources.variable}, or give ${sources.flag}-file FILE`)
  }
  return await prompt(sources.name)
}

async function prompt(name: string): Promise<string> {
  process.stderr.write(`${name} (not shown): `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
