export { readAzureCertification } from './azure-json.ts'
export { gatherEndorsements } from './gather.ts'
export { type FileContent, readFile } from './read-file.ts'
export { type Source, vendorSources } from './sources.ts'
