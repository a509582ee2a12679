import { azureMachine } from './azure-machine.ts'
import { tpmContract } from './tpm-contract.ts'

const machine = azureMachine()

tpmContract('the fake', () => ({ machine, extend: async (index) => machine.tpm.extend(index) }))
