export { type CborLimits, readCbor } from './read.ts'
export { type CborArray, type CborMap, CborTag, type CborValue, isCborArray, isCborMap } from './values.ts'
export { writeCbor } from './write.ts'
