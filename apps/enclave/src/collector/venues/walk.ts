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
  #seenInRound = new Set<string>()
  #newInRound = 0
  #suspect = false
  #round = 1
  #position = 0
  #isShort = false

  /** The offset to ask for next. */
  get position(): number {
    return this.#position
  }

  /** Whether the venue counts more entries than it ever showed. Of a walk that is complete: its history has a gap. */
  get isShort(): boolean {
    return this.#isShort
  }

  /**
   * Takes the ids of a page. `last`: the venue has no page after this one; `count`: how many entries it says there are
   * in all, where it says so.
   */
  take(ids: readonly string[], last: boolean, count: number | null): WalkStep {
    const seenBefore = this.#seen.size
    const passedBefore = this.#seenInRound.size
    for (const id of ids) {
      this.#seen.add(id)
      this.#seenInRound.add(id)
    }
    const fresh = this.#seen.size - seenBefore
    this.#newInRound += fresh
    if (ids.length > 0 && fresh === 0 && this.#round === 1) this.#suspect = true
    // By what the round had not passed yet, however long the page is: one that begins before it should would lead past
    // entries nobody saw. A page of nothing new is left one entry at a time.
    this.#position += Math.max(ids.length > 0 ? 1 : 0, this.#seenInRound.size - passedBefore)
    this.#isShort = count !== null && this.#seen.size < count
    const all = count !== null && !this.#isShort
    return last || all ? this.#endOfRound() : 'go_on'
  }

  #endOfRound(): WalkStep {
    const settled = this.#round > 1 && this.#newInRound === 0
    if ((!this.#suspect && !this.#isShort) || settled || this.#round === MOST_ROUNDS) return 'complete'
    this.#round += 1
    this.#newInRound = 0
    this.#seenInRound = new Set()
    this.#suspect = false
    this.#position = 0
    return 'again'
  }
}
