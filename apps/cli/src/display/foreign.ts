/** Text that others chose, on its way to a terminal: whoever names a file, or runs an enclave, must not draw there. */

/** What moves the cursor, clears, begins a line, or turns the direction of writing. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
/** A control character, with what makes a colour of it. */
const CONTROL = /\p{Cc}(\[[\d;]*m)?/gu
const ESCAPE = '\u001B'

/** In one line, with a question mark for what cannot be seen. */
export function foreignText(text: string): string {
  return text.replaceAll(UNSEEN, '?')
}

/** Whole output, whoever made it: lines and colours stay, nothing else that a terminal obeys. */
export function withoutControls(output: string): string {
  return output.replaceAll(CONTROL, (found, colour: string | undefined) => {
    const isOurs = found.startsWith('\n') || (found.startsWith(ESCAPE) && colour !== undefined)
    return isOurs ? found : `?${colour ?? ''}`
  })
}
