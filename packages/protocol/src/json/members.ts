import type { Json, JsonObject } from './read-json.ts'

/**
 * Takes the members of a JSON object one by one, each with its expected form, and then refuses what is left: a member
 * nobody took is one nobody understood. `fail` makes the owner's error, so every parser keeps its own codes; messages
 * name the path, which is ours, never the value, which is not.
 */
export class Members {
  readonly #object: JsonObject
  readonly #path: string
  readonly #fail: Fail
  readonly #taken = new Set<string>()

  constructor(value: Json | undefined, path: string, fail: Fail) {
    if (value === null || typeof value !== 'object' || isArray(value)) throw fail('invalid', path, 'an object')
    this.#object = value
    this.#path = path
    this.#fail = fail
  }

  string(name: string, form?: RegExp): string {
    const value = this.#take(name)
    if (typeof value !== 'string' || (form !== undefined && !form.test(value))) throw this.invalid(name, 'text')
    return value
  }

  /** A whole number from `least` to 2^53 - 1. */
  integer(name: string, least = 0): number {
    const value = this.#take(name)
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      throw this.invalid(name, `a whole number of at least ${least}`)
    }
    return value
  }

  array(name: string): readonly Json[] {
    const value = this.#take(name)
    if (!isArray(value)) throw this.invalid(name, 'an array')
    return value
  }

  object(name: string): Members {
    return new Members(this.#take(name), this.#at(name), this.#fail)
  }

  /** Any value, as it is. */
  any(name: string): Json {
    return this.#take(name)
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name)
  }

  /** To be called last. */
  end(): void {
    for (const name of Object.keys(this.#object)) {
      if (!this.#taken.has(name)) throw this.#fail('unknown', this.#path, 'no other member')
    }
  }

  invalid(name: string, expected: string): Error {
    return this.#fail('invalid', this.#at(name), expected)
  }

  #take(name: string): Json {
    const value = Object.hasOwn(this.#object, name) ? this.#object[name] : undefined
    if (value === undefined) throw this.#fail('missing', this.#at(name), 'present')
    this.#taken.add(name)
    return value
  }

  #at(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }
}

export type Fail = (why: 'missing' | 'unknown' | 'invalid', path: string, expected: string) => Error

/** `Array.isArray` loses a readonly array's element type. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
