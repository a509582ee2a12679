export type * from './events.ts'
export type * from './measure.ts'
export type * from './result.ts'
