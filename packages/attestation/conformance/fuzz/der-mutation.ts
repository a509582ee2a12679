/** Mutations of DER that keep it DER: a value is altered, and the lengths of all it stands in are written anew. */
import { mutateBytes } from './bytes-mutation.ts'
import type { Random } from './random.ts'

interface Node {
  tag: number
  content: Uint8Array | Node[]
}

const CONSTRUCTED = 0x20
const MOST_DEPTH = 64

/** `input` with one value of it altered, dropped, doubled, moved, wrapped or of another type; null for what is no DER. */
export function mutateDer(input: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array | null {
  const roots = parse(input, 0)
  const [root, ...rest] = roots ?? []
  if (!root || rest.length > 0) return null
  const all = flatten([root])
  const node = random.pick(all)
  switch (random.below(7)) {
    case 0:
      node.content = Array.isArray(node.content) ? [] : mutateBytes(node.content, random, others)
      break
    case 1:
      node.tag = random.pick([
        random.below(256),
        0x02,
        0x03,
        0x04,
        0x05,
        0x06,
        0x0c,
        0x17,
        0x18,
        0x30,
        0x31,
        0xa0,
        0x80,
      ])
      break
    case 2:
      if (Array.isArray(node.content) && node.content.length > 0)
        node.content.splice(random.below(node.content.length), 1)
      break
    case 3:
      if (Array.isArray(node.content))
        node.content.splice(random.below(node.content.length + 1), 0, copy(random.pick(all)))
      break
    case 4:
      if (Array.isArray(node.content)) node.content.reverse()
      break
    case 5: {
      const depth = random.pick([1, 2, 30, MOST_DEPTH])
      for (let left = depth; left > 0; left--) node.content = [{ tag: node.tag, content: node.content }]
      break
    }
    default:
      node.content = new Uint8Array(random.pick([0, 1, 2, 20, 127, 128, 256, 65_536])).fill(random.below(256))
  }
  return encode(root)
}

function flatten(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [node, ...(Array.isArray(node.content) ? flatten(node.content) : [])])
}

function parse(bytes: Uint8Array, depth: number): Node[] | null {
  const nodes: Node[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0
    let length = bytes[at + 1] ?? 0x80
    let start = at + 2
    if (length >= 0x80) {
      const count = length & 0x7f
      if (count === 0 || count > 3) return null
      length = bytes.subarray(start, start + count).reduce((sum, byte) => sum * 256 + byte, 0)
      start += count
    }
    if (start + length > bytes.length) return null
    const content = bytes.subarray(start, start + length)
    const children = (tag & CONSTRUCTED) !== 0 && depth < MOST_DEPTH ? parse(content, depth + 1) : null
    nodes.push({ tag, content: children ?? content })
    at = start + length
  }
  return nodes
}

/** A value put inside of itself is another one: no structure holds itself. */
function copy({ tag, content }: Node): Node {
  return { tag, content: Array.isArray(content) ? content.map(copy) : content }
}

function encode({ tag, content }: Node): Uint8Array {
  const inside = Array.isArray(content) ? Buffer.concat(content.map(encode)) : content
  return new Uint8Array(Buffer.concat([Buffer.of(tag, ...lengthOctets(inside.length)), inside]))
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length]
  if (length < 0x100) return [0x81, length]
  if (length < 0x1_0000) return [0x82, length >> 8, length & 0xff]
  return [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]
}
