/** Entry of the collector child: the only process in which an exchange secret is ever in clear. */
import { systemMachine } from '../tee/machine.ts'
import { serveParent } from './serve-parent.ts'

serveParent(systemMachine)
