/** Runs one parser over mutated inputs, and holds it to its promise: a result or a typed error, soon, and nothing kept. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ProtocolError } from '../../../protocol/src/errors.ts'
import { EncodingError } from '../../src/bytes/index.ts'
import { AttestationError } from '../../src/errors.ts'
import { mutateBytes } from './bytes-mutation.ts'
import { mutateCbor } from './cbor-mutation.ts'
import { mutateDer } from './der-mutation.ts'
import { mutateJson } from './json-mutation.ts'
import { type Random, seeded } from './random.ts'

/** One parser under test. */
export interface FuzzedParser {
  readonly name: string
  readonly read: (input: Uint8Array) => unknown
  /** What mutations start from. The first must be read; of other people's some are made to be refused. */
  readonly samples: readonly Uint8Array[]
  /** Mutations that know the format, beside those that do not. */
  readonly form: 'bytes' | 'der' | 'cbor' | 'json'
}

export interface FuzzReport {
  readonly inputs: number
  readonly seconds: number
  /** Inputs that were read, however little they still had of the sample. */
  readonly accepted: number
  /** Inputs refused, by code. */
  readonly refused: ReadonlyMap<string, number>
  /** Processor time of the slowest input, milliseconds, measured again so that a collection of garbage is not its fault. */
  readonly slowest: number
  /** Growth of the heap after garbage collection from a tenth of the run to its end, bytes. */
  readonly heapGrowth: number
}

/** An input that broke the promise. The message holds it: samples are made anew each time, so a seed alone would not. */
export class FuzzFinding extends Error {
  override readonly name = 'FuzzFinding'

  constructor(what: string, parser: string, input: Uint8Array, cause?: unknown) {
    super(`${parser}: ${what}; input in base64: ${Buffer.from(input).toString('base64')}`, { cause })
  }
}

/** No input of these sizes may take longer, milliseconds of processor time: that the machine is busy is not the parser's fault. */
const LONGEST = 100
/** Longest input made, bytes. */
const MOST = 262_144
/** What the heap may grow by: noise of the collector, far below what one kept input in a thousand would make. */
const MOST_GROWTH = 8_388_608
const MEASUREMENTS = 10
const LEAST_INTERVAL = 1000

const STRUCTURED = { der: mutateDer, cbor: mutateCbor, json: mutateJson } as const

/** Throws {@link FuzzFinding}. */
export function fuzz(parser: FuzzedParser, inputs: number, seed: number): FuzzReport {
  const random = seeded(seed)
  const refused = new Map<string, number>()
  const queue = [...parser.samples]
  const interval = Math.max(LEAST_INTERVAL, Math.floor(inputs / MEASUREMENTS))
  let [accepted, slowest, firstHeap, lastHeap] = [0, 0, 0, 0]
  parser.read((parser.samples[0] ?? new Uint8Array(0)).slice())
  const began = performance.now()
  for (let count = 1; count <= inputs; count++) {
    const input = nextInput(parser, queue, random)
    const started = process.threadCpuUsage()
    const code = refusal(parser, input)
    let took = since(started)
    if (took > slowest && took > 1) took = Math.min(took, again(parser, input), again(parser, input))
    slowest = Math.max(slowest, took)
    if (took > LONGEST) throw new FuzzFinding(`took ${took.toFixed(0)} ms`, parser.name, input)
    if (code === null) {
      accepted += 1
      if (random.below(64) === 0) keep(queue, parser.samples.length, input, random)
    } else refused.set(code, (refused.get(code) ?? 0) + 1)
    if (count % interval === 0) {
      lastHeap = heap()
      if (firstHeap === 0) firstHeap = lastHeap
      if (lastHeap - firstHeap > MOST_GROWTH)
        throw new FuzzFinding(`keeps ${lastHeap - firstHeap} bytes`, parser.name, input)
    }
  }
  const seconds = (performance.now() - began) / 1000
  return { inputs, seconds, accepted, refused, slowest, heapGrowth: lastHeap - firstHeap }
}

/** Inputs that were accepted though altered are good starts for more; a bounded number is kept, so that the heap is the parser's. */
const MOST_KEPT = 64

function keep(queue: Uint8Array[], samples: number, input: Uint8Array, random: Random): void {
  if (input.length > 16_384) return
  if (queue.length < samples + MOST_KEPT) queue.push(input.slice())
  else queue[samples + random.below(MOST_KEPT)] = input.slice()
}

function nextInput({ form, samples }: FuzzedParser, queue: readonly Uint8Array[], random: Random): Uint8Array {
  const start = random.below(2) === 0 ? random.pick(samples) : random.pick(queue)
  const structured = form === 'bytes' || random.below(2) === 0 ? null : STRUCTURED[form](start, random, queue)
  const input = structured ?? mutateBytes(start, random, queue)
  return input.length > MOST ? input.slice(0, MOST) : input
}

/** The code of the typed error, or null where the input was read. The parser gets a copy: some work in place. */
function refusal(parser: FuzzedParser, input: Uint8Array): string | null {
  try {
    parser.read(input.slice())
    return null
  } catch (error) {
    if (error instanceof AttestationError || error instanceof EncodingError || error instanceof ProtocolError)
      return error.code
    throw new FuzzFinding(`threw ${String(error)}`, parser.name, input, error)
  }
}

function again(parser: FuzzedParser, input: Uint8Array): number {
  const started = process.threadCpuUsage()
  refusal(parser, input)
  return since(started)
}

/** Milliseconds of this thread */
function since(started: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(started)
  return (user + system) / 1000
}

let collect: (() => void) | null = null

function heap(): number {
  if (collect === null) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  // Twice: what array buffers held is given back only by the collection after the one that found them dead.
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** One line: what `npm run fuzz` prints of a parser. */
export function describeFuzz(name: string, report: FuzzReport): string {
  const { inputs, seconds, accepted, refused, slowest, heapGrowth } = report
  const codes = [...refused].toSorted(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`)
  const kilobytes = `${heapGrowth < 0 ? '' : '+'}${(heapGrowth / 1000).toFixed(0)} kB`
  return `${name.padEnd(20)} ${inputs} inputs, ${seconds.toFixed(1)} s, slowest ${slowest.toFixed(2)} ms, heap ${kilobytes}; read ${accepted}; ${codes.join(', ')}`
}
