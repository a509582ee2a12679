export { readCbor } from './read.ts'
export { type CborMap, CborTag, type CborValue, isCborArray, isCborMap } from './values.ts'
export { writeCbor } from './write.ts'
