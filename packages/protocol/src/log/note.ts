import { decodeBase64, encodeBase64 } from '../bytes/base64.ts'
import { decodeHex, encodeHex } from '../bytes/hex.ts'
import { concat } from '../bytes/octets.ts'
import { ProtocolError } from '../errors.ts'
import { isKeyName, type NoteKey } from './vkey.ts'

/** One signature line of a note, as found: nothing about it is verified. */
export interface NoteSignature {
  readonly name: string
  /** Eight lower-case hex digits. */
  readonly id: string
  readonly signature: Uint8Array
}

/** A parsed note. Its text means nothing until {@link openNote} says which keys signed it. */
export interface UnverifiedNote {
  /** Ends in a newline. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** C2SP asks for at least 16; an ML-DSA-44 line is 3.3 KB. */
export const MAX_NOTE_SIGNATURES = 100

/** Characters; above this a note is refused unread. */
export const MAX_NOTE_LENGTH = 1_000_000

/**
 * Parses a C2SP signed note, strictly: well-formed Unicode, no control character but the newline, signatures after
 * the last empty line, strict base64. Throws `note_too_large` or `note_malformed`.
 */
export function parseNote(note: string): UnverifiedNote {
  if (note.length > MAX_NOTE_LENGTH) throw new ProtocolError('note_too_large', 'the note is too long')
  const separator = note.lastIndexOf('\n\n')
  if (separator < 0 || !note.endsWith('\n') || !isNoteText(note)) throw malformed()
  const lines = note.slice(separator + 2, -1).split('\n')
  if (lines.length > MAX_NOTE_SIGNATURES) throw new ProtocolError('note_too_large', 'the note has too many signatures')
  return { text: note.slice(0, separator + 1), signatures: lines.map(parseSignatureLine) }
}

/** Inverse of {@link parseNote}. Throws `note_malformed` for what {@link parseNote} would not read back. */
export function formatNote(note: UnverifiedNote): string {
  const lines = note.signatures.map(({ name, id, signature }) => {
    if (!isKeyName(name) || !/^[0-9a-f]{8}$/.test(id) || signature.length === 0) throw malformed()
    return `${DASH}${name} ${encodeBase64(concat(decodeHex(id), signature))}\n`
  })
  if (lines.length === 0 || !note.text.endsWith('\n') || !isNoteText(note.text)) throw malformed()
  return `${note.text}\n${lines.join('')}`
}

/** A key that can be asked whether it signed a note's text. What exactly it signs depends on its type. */
export interface NoteVerifier {
  readonly key: NoteKey
  verify(text: string, signature: Uint8Array): Promise<boolean> | boolean
}

/**
 * The text of `note` and which of the known keys signed it. Signatures of unknown keys are ignored; one failing
 * signature of a known key condemns the whole note. A key that signed twice counts once.
 * Throws as {@link parseNote} does, `note_signature`, or `note_unverified` when no known key signed.
 */
export async function openNote(
  note: string,
  known: readonly NoteVerifier[],
): Promise<{ readonly text: string; readonly signedBy: ReadonlySet<NoteKey> }> {
  const { text, signatures } = parseNote(note)
  const signedBy = new Set<NoteKey>()
  for (const { name, id, signature } of signatures) {
    for (const verifier of known) {
      if (verifier.key.name !== name || verifier.key.id !== id) continue
      if (!(await verifier.verify(text, signature)))
        throw new ProtocolError('note_signature', 'a signature of a known key does not verify')
      signedBy.add(verifier.key)
    }
  }
  if (signedBy.size === 0) throw new ProtocolError('note_unverified', 'no known key signed the note')
  return { text, signedBy }
}

/** U+2014 and a space: what every signature line begins with. */
const DASH = '\u2014 '

function parseSignatureLine(line: string): NoteSignature {
  const [name, encoded, ...rest] = line.startsWith(DASH) ? line.slice(DASH.length).split(' ') : []
  if (name === undefined || encoded === undefined || rest.length > 0 || !isKeyName(name)) throw malformed()
  let bytes: Uint8Array
  try {
    bytes = decodeBase64(encoded)
  } catch (cause) {
    throw malformed(cause)
  }
  if (bytes.length <= 4) throw malformed()
  return { name, id: encodeHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) }
}

function isNoteText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- the rule of the format is about exactly these
  return text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(text)
}

function malformed(cause?: unknown): ProtocolError {
  return new ProtocolError('note_malformed', 'not a signed note', { cause })
}
