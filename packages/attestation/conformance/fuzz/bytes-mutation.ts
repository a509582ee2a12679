/** Mutations of bytes of which nothing is known. Each takes an input and gives another; none alters what it was given. */
import type { Random } from './random.ts'

type Mutation = (input: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array

/** Where parsers go wrong: ends of ranges, heads of encodings, words of the formats. */
const DICTIONARY: readonly Uint8Array[] = [
  '00 ff 7f 80 0000 ffff 00000000 ffffffff 7fffffff 80000000 ffffffffffffffff',
  // DER: lengths of many forms, indefinite, long tags, empty and negative integers, booleans, nulls, times, an extension.
  '3080 3000 30840fffffff 3082ffff 1f81 0200 020180 0101ff 010101 0500 a003020102 170d 180f 0603551d13 0600 03020780 0300',
  // CBOR: longest heads, indefinite maps and strings, break, tags, floats, undefined, the first integer that is inexact.
  '1bffffffffffffffff 5bffffffffffffffff 9bffffffffffffffff bf 5f 9f d2 c0 f97e00 f7 a0 40 60 f6 1b0020000000000000',
].flatMap((line) => line.split(' ').map((hex) => new Uint8Array(Buffer.from(hex, 'hex'))))

const WORDS: readonly Uint8Array[] = [
  ...'{ } [ ] " \\ \\u0000 \\ud800 , : - 0 1e999 -0 9007199254740993 null true "" {} [] __proto__ "__proto__":{} = =='.split(
    ' ',
  ),
  ...'\n\n|\r\n|\t| |\u2014 |\u0000|\ud7ff|\ufeff|\u{10ffff}|index 0\n|extra '.split('|'),
  ...'-----BEGIN CERTIFICATE-----\n|-----END CERTIFICATE-----\n|-----BEGIN X509 CRL-----\n'.split('|'),
].map((word) => new Uint8Array(Buffer.from(word, 'utf8')))

function splice(input: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const left = input.subarray(0, at)
  const right = input.subarray(Math.min(input.length, at + remove))
  const result = new Uint8Array(left.length + insert.length + right.length)
  result.set(left)
  result.set(insert, left.length)
  result.set(right, left.length + insert.length)
  return result
}

/** A stretch of `input`: where it begins and how long it is, short ones more often. */
function stretch(input: Uint8Array, random: Random): readonly [at: number, length: number] {
  const at = random.below(input.length + 1)
  const most = random.pick([1, 2, 4, 8, 32, 128, 1024])
  return [at, Math.min(input.length - at, random.below(most) + 1)]
}

function replaceByte(input: Uint8Array, random: Random, alter: (byte: number) => number): Uint8Array {
  if (input.length === 0) return input
  const at = random.below(input.length)
  return input.with(at, alter(input[at] ?? 0) & 0xff)
}

/** An integer of one to eight bytes, of either order, put in the place of as many bytes: a length that lies. */
const lie: Mutation = (input, random) => {
  const width = random.pick([1, 2, 3, 4, 8])
  const value = random.pick([
    0,
    1,
    input.length - 1,
    input.length,
    input.length + 1,
    0x7f,
    0x80,
    0xff,
    0xffff,
    0xffff_ffff,
  ])
  const bytes = Uint8Array.from({ length: width }, (_, at) => Math.floor(value / 2 ** (8 * at)) & 0xff)
  if (random.below(2) === 0) bytes.reverse()
  return splice(input, random.below(input.length + 1), width, bytes)
}

const MUTATIONS: readonly Mutation[] = [
  (input, random) => replaceByte(input, random, (byte) => byte ^ (1 << random.below(8))),
  (input, random) => replaceByte(input, random, () => random.below(256)),
  (input, random) => replaceByte(input, random, (byte) => byte + random.pick([-16, -1, 1, 16])),
  (input, random) => input.slice(0, random.below(input.length + 1)),
  (input, random) => input.slice(random.below(input.length + 1)),
  (input, random) => splice(input, ...stretch(input, random), new Uint8Array(0)),
  (input, random) => {
    const [at, length] = stretch(input, random)
    return splice(input, random.below(input.length + 1), 0, input.subarray(at, at + length))
  },
  (input, random, others) => {
    const other = random.pick(others)
    const [from, length] = stretch(other, random)
    return splice(input, ...stretch(input, random), other.subarray(from, from + length))
  },
  (input, random, others) => {
    const other = random.pick(others)
    return splice(input, random.below(input.length + 1), input.length, other.subarray(random.below(other.length + 1)))
  },
  (input, random) => splice(input, random.below(input.length + 1), random.below(5), random.pick(DICTIONARY)),
  (input, random) => splice(input, random.below(input.length + 1), random.below(5), random.pick(WORDS)),
  (input, random) =>
    splice(input, random.below(input.length + 1), 0, new Uint8Array(random.below(64)).fill(random.below(256))),
  lie,
]

/** One to five mutations one after another. `others` are what pieces are taken from, at least one. */
export function mutateBytes(input: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  let result = input
  for (let left = 1 + random.below(random.pick([1, 1, 2, 5])); left > 0; left--) {
    result = random.pick(MUTATIONS)(result, random, others)
  }
  return result
}
