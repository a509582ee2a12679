export { gatherEndorsements } from './gather.ts'
export { type FileContent, readFile } from './read-file.ts'
export { type Source, vendorSources } from './sources.ts'
export { unwrapBytes } from './unwrap.ts'
