/**
 * One total order of events, whatever order they arrived in: by instant; at one instant assets come in before they
 * are traded, and go out after; a reversal follows what it may undo; fills of one instant by their venue's trade id, as a number where it is one. A rule
 * such as "buys first" would invent an order the venue did not have.
 */
import type { AccountEvent } from '../events.ts'

export function compareEvents(a: AccountEvent, b: AccountEvent): number {
  return (
    a.at - b.at ||
    rank(a) - rank(b) ||
    compareIds(idOf(a), idOf(b)) ||
    compareText(streamOf(a), streamOf(b)) ||
    compareText(a.account, b.account)
  )
}

function rank(event: AccountEvent): number {
  if (event.kind === 'fill') return event.execution === 'reversal' ? 2 : 1
  return event.direction === 'in' ? 0 : 3
}

function idOf(event: AccountEvent): string {
  return event.kind === 'fill' ? event.tradeId : event.id
}

function streamOf(event: AccountEvent): string {
  return event.kind === 'fill' ? `${event.product} ${event.market}` : event.flow
}

/** Numbers by value and before everything else; the rest by code unit. */
export function compareIds(a: string, b: string): number {
  const left = numeric(a)
  const right = numeric(b)
  if (left === null || right === null) {
    if (left !== right) return left === null ? 1 : -1
    return compareText(a, b)
  }
  return left.length - right.length || compareText(left, right) || compareText(a, b)
}

/** Digits without leading zeros: by length, then by text, they compare as the numbers they are, of any size. */
function numeric(id: string): string | null {
  return /^\d+$/.test(id) ? id.replace(/^0+/, '') : null
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
