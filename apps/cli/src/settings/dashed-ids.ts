/** Ids of certificates and tokens are base64url, and one in sixty-four begins with the dash that options begin with. */
import type { Command } from 'commander'

/** 16 bytes (a token) or 32 (a certificate), beginning with a dash, and not spelled as this tool spells options. */
const DASHED_ID = /^-(?!-?[a-z]+(?:-[a-z]+)*$)(?:[\w-]{21}|[\w-]{42})$/

/**
 * The same words in an order in which `program` takes such an id for what it is: behind `--`, after which nothing is an option.
 * The value of an option stays where it is.
 */
export function idsBehindOptions(words: readonly string[], program: Command): readonly string[] {
  const end = words.indexOf('--')
  const open = end === -1 ? words : words.slice(0, end)
  const taking = flagsThatTakeAValue(program)
  const isId = (word: string, index: number): boolean => DASHED_ID.test(word) && !taking.has(open[index - 1] ?? '')
  const ids = open.filter(isId)
  if (ids.length === 0) return words
  return [...open.filter((word, index) => !isId(word, index)), '--', ...ids, ...words.slice(open.length + 1)]
}

function flagsThatTakeAValue(command: Command): ReadonlySet<string> {
  const own = command.options.filter((option) => option.required || option.optional).map((option) => option.long ?? '')
  return new Set([...own, ...command.commands.flatMap((below) => [...flagsThatTakeAValue(below)])])
}
