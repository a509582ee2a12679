/** A figure is a decimal string, or null with the reason: never zero, infinity or NaN in place of "undefined". */
import { formatRatio } from './decimal/format.ts'
import type { Decimal } from './events.ts'
import type { Figure, Undefined } from './result.ts'

export function figureOf(value: Decimal): Figure {
  return { value }
}

export function undefinedBecause(reason: Undefined): Figure {
  return { value: null, reason }
}

/** Ten places; what overflows is undefined, not infinite. */
export function ratioFigure(value: number): Figure {
  return Number.isFinite(value) ? { value: formatRatio(value) } : undefinedBecause('out_of_range')
}

export function isDefined(figure: Figure): figure is { readonly value: Decimal } {
  return figure.value !== null
}
