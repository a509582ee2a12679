import type { Fault, FaultScope } from '../exchange/faults.ts'

export class ControlError extends Error {
  override readonly name = 'ControlError'
}

type Fields = Readonly<Record<string, unknown>>

/** The body of a control request, a flat JSON object. */
export function fieldsOf(text: string): Fields {
  let parsed: unknown
  try {
    parsed = JSON.parse(text === '' ? '{}' : text)
  } catch {
    throw new ControlError('the body is not JSON')
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new ControlError('the body is not an object')
  return parsed as Fields
}

/** Reads a `Fault` from `{kind, …}`; unknown kinds and wrong types are refused. */
export function faultOf(fields: Fields): Fault {
  const scope = scopeOf(fields)
  switch (fields['kind']) {
    case 'status': {
      const retryAfter = optionalNumber(fields, 'retryAfter')
      const status = number(fields, 'status')
      return { kind: 'status', status, ...(retryAfter === undefined ? {} : { retryAfter }), ...scope }
    }
    case 'slow':
      return { kind: 'slow', ms: number(fields, 'ms'), ...scope }
    case 'clock_skew':
      return { kind: 'clock_skew', ms: number(fields, 'ms'), ...scope }
    case 'overlap':
      return { kind: 'overlap', rows: number(fields, 'rows'), ...scope }
    case 'retention':
      return { kind: 'retention', days: number(fields, 'days'), ...scope }
    case 'truncate':
    case 'reset':
    case 'wrong_json':
    case 'repeat':
      return { kind: fields['kind'], ...scope }
    default:
      throw new ControlError('unknown kind of fault')
  }
}

function scopeOf(fields: Fields): FaultScope {
  const [after, times, percent] = ['after', 'times', 'percent'].map((name) => optionalNumber(fields, name))
  const path = fields['path']
  if (path !== undefined && typeof path !== 'string') throw new ControlError('path must be a string')
  return {
    ...(path === undefined ? {} : { path }),
    ...(after === undefined ? {} : { after }),
    ...(times === undefined ? {} : { times }),
    ...(percent === undefined ? {} : { percent }),
  }
}

export function number(fields: Fields, name: string): number {
  const value = optionalNumber(fields, name)
  if (value === undefined) throw new ControlError(`${name} is missing`)
  return value
}

export function optionalNumber(fields: Fields, name: string): number | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw new ControlError(`${name} must be a whole number`)
  return value
}

export function text(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string') throw new ControlError(`${name} must be a string`)
  return value
}
