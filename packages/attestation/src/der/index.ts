export { context, type DerValue, readDer, TAG } from './read.ts'
export {
  bitOctets,
  boolean,
  booleanContent,
  expectTag,
  integerBytes,
  namedBits,
  octets,
  oid,
  sequence,
  smallInteger,
  time,
  unsigned,
} from './types.ts'
