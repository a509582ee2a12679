/** Text that others chose, on its way to a terminal: whoever names a file, or runs an enclave, must not draw there. */

/** What moves the cursor, clears, begins a line, or turns the direction of writing. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
/** A colour of our own, or a control character that is no end of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const COLOUR_OR_CONTROL = /\u001B\[[\d;]*m|[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/g

/** In one line, with a question mark for what cannot be seen. */
export function foreignText(text: string): string {
  return text.replaceAll(UNSEEN, '?')
}

/** Whole output, whoever made it: lines and colours stay, nothing else that a terminal obeys. */
export function withoutControls(output: string): string {
  return output.replaceAll(COLOUR_OR_CONTROL, (found) => (found.length > 1 ? found : '?'))
}
