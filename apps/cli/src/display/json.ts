/** JSON may hold delete and the control characters from U+0080 as they are, and on a terminal they would be question marks. */
const BARE_CONTROL = /[\p{Cc}--\n]/gv

/** JSON for standard output, every control character escaped: what a program reads is what was meant. */
export function jsonText(value: unknown, indent = 0): string {
  const escape = (control: string): string => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value, null, indent).replaceAll(BARE_CONTROL, escape)
}
