/**
 * Watches over the parts of a running enclave from outside: wraps methods of its classes, the messages to its collector
 * and the statements to its database, and adds up how long each took. Nothing of the enclave is changed for it.
 */
import childProcess, { type ChildProcess } from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { PGlite } from '@electric-sql/pglite'
import { Client } from 'pg'

interface Tally {
  calls: number
  milliseconds: number
}

// oxlint-disable-next-line no-explicit-any -- whatever a method takes and gives passes through unseen
type Method = (...given: any[]) => unknown

export class Stopwatch {
  readonly #tallies = new Map<string, Tally>()

  #add(name: string, milliseconds: number): void {
    const tally = this.#tallies.get(name) ?? { calls: 0, milliseconds: 0 }
    tally.calls += 1
    tally.milliseconds += milliseconds
    this.#tallies.set(name, tally)
  }

  reset(): void {
    this.#tallies.clear()
  }

  milliseconds(name: string): number {
    return this.#tallies.get(name)?.milliseconds ?? 0
  }

  calls(name: string): number {
    return this.#tallies.get(name)?.calls ?? 0
  }

  /** Every call of `owner[method]` counts under `name`, to the end of its promise where it gives one. */
  wrap<Owner extends object>(owner: Owner, method: keyof Owner & string, name: string): void {
    const original = owner[method] as Method
    const add = this.#add.bind(this)
    const timed = function (this: unknown, ...given: unknown[]): unknown {
      const began = performance.now()
      const done = (): void => add(name, performance.now() - began)
      const result = original.apply(this, given)
      if (!(result instanceof Promise)) {
        done()
        return result
      }
      return result.finally(done)
    }
    Object.defineProperty(owner, method, { value: timed, configurable: true, writable: true })
  }

  /** Statements and, on PGlite, whole transactions, from call to answer: `database`. */
  watchDatabases(): void {
    this.wrap(PGlite.prototype, 'query', 'database')
    this.wrap(PGlite.prototype, 'transaction', 'database')
    this.wrap(Client.prototype, 'query', 'database')
  }

  /**
   * Requests to the collector child, from message to answer, the crossing of the border included: `collector <operation>`.
   * Call it before the enclave forks.
   */
  watchCollector(): void {
    const fork = childProcess.fork as Method
    Object.assign(childProcess, {
      fork: (...given: unknown[]): ChildProcess => this.#watched(fork(...given) as ChildProcess),
    })
    syncBuiltinESMExports()
  }

  #watched(child: ChildProcess): ChildProcess {
    const under = new Map<number, { readonly operation: string; readonly began: number }>()
    child.prependListener('message', (answer: unknown) => {
      const { id } = answer as { readonly id?: number }
      const asked = id === undefined ? undefined : under.get(id)
      if (asked !== undefined) this.#add(`collector ${asked.operation}`, performance.now() - asked.began)
    })
    const send = child.send.bind(child) as Method
    Object.assign(child, {
      send: (...given: unknown[]): unknown => {
        const { id, operation } = given[0] as { readonly id?: number; readonly operation?: string }
        if (id !== undefined && operation !== undefined) under.set(id, { operation, began: performance.now() })
        return send(...given)
      },
    })
    return child
  }
}
