export { compareEventLogs, type EventChange } from './compare.ts'
export { describeEvent } from './event-types.ts'
export { type EventLog, type EventLogKind, type LoggedEvent, readEventLog } from './read.ts'
export { registersThatDiffer, replayEventLog } from './replay.ts'
