/** How the OpenAPI document says that any answer may be a problem. */
import { PROBLEM_MEDIA_TYPE, Problem } from '@perf-aggregator/contracts'

const PROBLEM = { description: 'Refused; the code says why.', content: { [PROBLEM_MEDIA_TYPE]: { schema: Problem } } }

export const REFUSALS = { '4xx': PROBLEM, '5xx': PROBLEM } as const
