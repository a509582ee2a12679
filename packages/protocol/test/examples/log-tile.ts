/** `docs/examples/log-tile.json`: the log's three entries as a bundle, and their hashes as a tile. */
import { encodeEntryBundle, hashNode, joinTile, tilePath } from '../../src/index.ts'
import { toHex } from '../envelope/fixtures.ts'
import { exampleLog } from './log.ts'
import { exampleStatement } from './statement.ts'

export async function logTileExample(): Promise<object> {
  const { leaves, hashes, head } = await exampleLog((await exampleStatement()).leaf)
  const width = leaves.length
  const [first, second] = hashes
  if (first === undefined || second === undefined) throw new Error('the log of the example has three entries')
  return {
    note: 'The whole log of the examples (docs/protocol.md section 6): its one entry bundle, its one tile, its root. Entry 1 is the leaf of certificate.json; the digests in the others are of invented text. Hexadecimal.',
    entries: leaves.map((leaf, index) => ({
      index,
      text: Buffer.from(leaf).toString(),
      leaf: toHex(leaf),
      hash: toHex(hashes[index] ?? new Uint8Array(0)),
    })),
    bundle: { path: tilePath({ level: 'entries', index: 0, width }), bytes: toHex(encodeEntryBundle(leaves)) },
    tile: { path: tilePath({ level: 0, index: 0, width }), bytes: toHex(joinTile(hashes)) },
    node_of_entries_0_and_1: toHex(hashNode(first, second)),
    size: head.size,
    root: toHex(head.root),
  }
}
