/** The name of a log, wherever it is written: between the plus signs of a vkey, in a note's signature lines, behind a length byte. */
import { encodeUtf8 } from './bytes/index.ts'

const VISIBLE = /^[^\s+\p{C}]{1,255}$/u
/** What the length byte of a log's signature can count. */
const MOST = 255

export function isLogOrigin(text: string): boolean {
  return VISIBLE.test(text) && encodeUtf8(text).length <= MOST
}
