export { simulatorAppraiser, simulatorPolicy } from './appraiser.ts'
export {
  encodeSimulatorQuote,
  parseSimulatorQuote,
  SIMULATOR_KIND,
  SIMULATOR_TYPE,
  SIMULATOR_WARNING,
  type SimulatorStatement,
  simulatorSigningInput,
} from './statement.ts'
