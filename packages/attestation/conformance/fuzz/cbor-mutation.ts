/** Mutations of CBOR that keep it CBOR: an item is altered, dropped, doubled or of another type, and the heads are written anew. */
import { CborTag, type CborValue, readCbor, writeCbor } from '../../src/cbor/index.ts'
import { mutateBytes } from './bytes-mutation.ts'
import type { Random } from './random.ts'

const NUMBERS: readonly CborValue[] = [0, -1, 23, 24, 255, 256, 65_536, Number.MAX_SAFE_INTEGER]
const BYTES: readonly CborValue[] = [0, 1, 48, 1024].map((length) => new Uint8Array(length))
const OTHERS: readonly CborValue[] = ['', 'digest', 'SHA384', true, false, null, [], new Map(), new CborTag(18, [])]
const VALUES: readonly CborValue[] = [...NUMBERS, ...BYTES, ...OTHERS]

/** Null for what is no CBOR of the subset. Byte strings that hold CBOR are opened. */
export function mutateCbor(input: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array | null {
  const value = read(input)
  if (value === null) return null
  // The writer refuses a few of the values that come out of this; they are no input then.
  try {
    return writeCbor(altered(value, random, others))
  } catch {
    return null
  }
}

function altered(value: CborValue, random: Random, others: readonly Uint8Array[]): CborValue {
  if (random.below(12) === 0) return random.pick(VALUES)
  if (value instanceof CborTag) {
    return random.below(4) === 0 ? value.value : new CborTag(value.tag, altered(value.value, random, others))
  }
  if (value instanceof Uint8Array) {
    const inner = value.length > 2 && random.below(4) > 0 ? read(value) : null
    return inner === null ? mutateBytes(value, random, others) : writeCbor(altered(inner, random, others))
  }
  if (value instanceof Map) return alteredMap([...(value as ReadonlyMap<string | number, CborValue>)], random, others)
  if (Array.isArray(value))
    return alteredItems(value as readonly CborValue[], random, (item) => altered(item, random, others))
  if (typeof value === 'string') {
    return Buffer.from(mutateBytes(Buffer.from(value), random, others)).toString('utf8')
  }
  return random.pick(VALUES)
}

type Member = readonly [key: string | number, value: CborValue]

function alteredMap(members: readonly Member[], random: Random, others: readonly Uint8Array[]): CborValue {
  return new Map(
    alteredItems(members, random, ([key, value]) =>
      random.below(6) === 0
        ? [random.pick([key, 0, -1, 'pcrs', 'more', 4096]), value]
        : [key, altered(value, random, others)],
    ),
  )
}

function alteredItems<Item>(items: readonly Item[], random: Random, alter: (item: Item) => Item): Item[] {
  if (items.length === 0) return []
  const at = random.below(items.length)
  const item = random.pick(items)
  switch (random.below(8)) {
    case 0:
      return items.toSpliced(at, 1)
    case 1:
      return items.toSpliced(at, 0, item)
    case 2:
      return items.toReversed()
    default:
      return items.map((one, index) => (index === at ? alter(one) : one))
  }
}

function read(bytes: Uint8Array): CborValue | null {
  try {
    return readCbor(bytes, { indefiniteMaps: true })
  } catch {
    return null
  }
}
