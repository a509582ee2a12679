import { Refusal } from '../exchange/message.ts'

/** Advanced Trade's error body. */
export function refusal(status: number, error: string, message: string): Refusal {
  return new Refusal({ status, body: { error, error_details: message, message } })
}

export function invalidArgument(message: string): Refusal {
  return refusal(400, 'INVALID_ARGUMENT', message)
}
