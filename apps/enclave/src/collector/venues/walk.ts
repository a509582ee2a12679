/**
 * Walking a history that is paged newest first, by offset or by the venue's cursor, and may shift while it is walked.
 * What was seen is remembered by id; a page that brings nothing new, or a count that does not come out, makes the walk
 * suspect, and a suspect walk is walked again until a whole round adds nothing.
 * Lives in memory: after a restart the round begins again, which costs time and loses nothing.
 */
export type WalkStep =
  | 'go_on'
  /** Begin again at the start of the window. */
  | 'again'
  | 'complete'

/** Rounds before the walk ends although the venue's count never came out. */
const MOST_ROUNDS = 3

export class Walk {
  readonly #seen = new Set<string>()
  #newInRound = 0
  #suspect = false
  #round = 1
  #position = 0

  /** The offset to ask for next. */
  get position(): number {
    return this.#position
  }

  /**
   * Takes the ids of a page. `last`: the venue has no page after this one; `count`: how many entries it says there are
   * in all, where it says so.
   */
  take(ids: readonly string[], last: boolean, count: number | null): WalkStep {
    const page = new Set(ids)
    const fresh = [...page].filter((id) => !this.#seen.has(id))
    for (const id of fresh) this.#seen.add(id)
    this.#newInRound += fresh.length
    if (page.size > 0 && fresh.length === 0 && this.#round === 1) this.#suspect = true
    // In later rounds everything was seen before: then the page itself says how far to go.
    this.#position += this.#round === 1 && fresh.length > 0 ? fresh.length : page.size
    const all = count !== null && this.#seen.size >= count
    return last || all ? this.#endOfRound(count) : 'go_on'
  }

  #endOfRound(count: number | null): WalkStep {
    const short = count !== null && this.#seen.size < count
    const settled = this.#round > 1 && this.#newInRound === 0
    if ((!this.#suspect && !short) || settled || this.#round === MOST_ROUNDS) return 'complete'
    this.#round += 1
    this.#newInRound = 0
    this.#suspect = false
    this.#position = 0
    return 'again'
  }
}
