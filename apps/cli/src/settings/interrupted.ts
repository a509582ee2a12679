/** A person, or the system, told the tool to stop. Nothing went wrong, so nothing is said. Exit code 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}
