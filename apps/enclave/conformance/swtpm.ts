/** A software TPM (swtpm over libtpms, TCG's reference code as in the vTPM of Azure) behind the seam the driver knows, with a disk of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { concat, u16, u32 } from '@perf-aggregator/attestation/bytes'
import type { Machine } from '../src/tee/machine.ts'

const FLUSH_CONTEXT = 0x165
/** As many transient objects and sessions as libtpms holds */
const MOST_HANDLES = 3

export class Swtpm {
  readonly #state: string
  readonly #port: number
  #process: ChildProcess

  private constructor(state: string, port: number) {
    this.#state = state
    this.#port = port
    this.#process = launch(state, port)
  }

  /** A TPM nobody used before. */
  static async start(): Promise<Swtpm> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    const swtpm = new Swtpm(await mkdtemp(join(tmpdir(), 'swtpm-')), port)
    await swtpm.#answers()
    return swtpm
  }

  /** The same TPM after a reset: PCRs as at a start, memory and seeds as before. */
  async restart(): Promise<void> {
    await this.#end()
    this.#process = launch(this.#state, this.#port)
    await this.#answers()
  }

  async stop(): Promise<void> {
    await this.#end()
    await rm(this.#state, { recursive: true })
  }

  get machine(): Pick<Machine, 'openMessageDevice' | 'pause'> {
    return {
      pause: async (duration) => {
        await setTimeout(duration)
      },
      openMessageDevice: async () => {
        const socket = await this.#connect()
        return {
          exchange: async (request) => await exchange(socket, request),
          close: async () => {
            // What the kernel's resource manager does when a descriptor is closed.
            for (let at = 0; at < 2 * MOST_HANDLES; at++) {
              const handle = (at < MOST_HANDLES ? 0x8000_0000 : 0x0300_0000) + (at % MOST_HANDLES)
              await exchange(socket, concat(u16(0x8001), u32(14), u32(FLUSH_CONTEXT), u32(handle)))
            }
            socket.end()
            await once(socket, 'close')
          },
        }
      },
    }
  }

  async #end(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    await ended
  }

  async #answers(): Promise<void> {
    const socket = await this.#connect()
    socket.end()
    await once(socket, 'close')
  }

  /** It listens a little after it starts, and again a little after a connection ended. */
  async #connect(): Promise<Socket> {
    for (let attempt = 1; ; attempt++) {
      const socket = connect(this.#port, '127.0.0.1')
      try {
        await once(socket, 'connect')
        return socket
      } catch (error) {
        if (attempt === 100) throw error
        await setTimeout(20)
      }
    }
  }
}

function launch(state: string, port: number): ChildProcess {
  const server = `type=tcp,port=${port},bindaddr=127.0.0.1`
  const options = ['--tpm2', '--tpmstate', `dir=${state}`, '--server', server, '--flags', 'not-need-init,startup-clear']
  const launched = spawn(process.env['SWTPM'] ?? 'swtpm', ['socket', ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  // Where there is none, nothing listens, and connecting says so.
  return launched.on('error', () => undefined)
}

async function exchange(socket: Socket, request: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  socket.write(request)
  let reply = Buffer.alloc(0)
  while (reply.length < 10 || reply.length < reply.readUInt32BE(2)) {
    const [part] = (await once(socket, 'data')) as [Buffer]
    reply = Buffer.concat([reply, part])
  }
  return new Uint8Array(reply)
}
