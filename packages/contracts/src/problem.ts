/** What every refusal looks like (protocol, section 9; RFC 9457). */
import { type Static, Type } from 'typebox'
import { Closed, Text } from './encoding.ts'

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** Before the code in a problem's `type`. */
export const PROBLEM_TYPE_PREFIX = 'urn:perf-aggregator:error:'

export const RequestId = Text('^[0-9a-f]{32}$', {
  description: 'The id of the request, also in the header `x-request-id`; quote it to the operator.',
  examples: ['9f86d081884c7d659a2feaa0c55ad015'],
})

export const Problem = Closed(
  {
    type: Type.String({ description: 'A URN per code.', examples: ['urn:perf-aggregator:error:session_expired'] }),
    title: Type.String({ description: 'The code in words.', examples: ['Session expired'] }),
    status: Type.Integer({ description: 'The HTTP status.', minimum: 400, maximum: 599, examples: [410] }),
    code: Type.String({ description: 'Stable name of the check that failed.', examples: ['session_expired'] }),
    detail: Type.String({ description: 'What was wrong, in our words; never what was sent.' }),
    request_id: RequestId,
  },
  { title: 'Problem', description: 'Codes and their ways out are listed in docs/errors.md.' },
)
export type Problem = Static<typeof Problem>
