import { rmSync } from 'node:fs'
import type { Command } from 'commander'
import { jsonText } from '../display/json.ts'
import { terminal } from '../display/terminal.ts'
import type { TrustFlags } from '../settings/connection.ts'
import { openSession } from '../settings/session-file.ts'
import { sessionFileOf, withSession } from './results.ts'

interface Flags extends TrustFlags {
  readonly session?: string
  readonly label: string
  readonly json?: boolean
}

export function revokeCommand(program: Command): void {
  withSession(
    program.command('revoke').description('end the session: the enclave destroys credentials, fills and certificates'),
  )
    .addHelpText('after', '\nExample:\n  $ perf-aggregator revoke --label main --allow-simulator')
    .action(async (flags: Flags) => {
      const path = sessionFileOf(flags)
      const session = await openSession(path, flags)
      const { purged } = await session.revoke()
      rmSync(path, { force: true })
      terminal.print(
        flags.json === true
          ? jsonText({ revoked: true, purged })
          : `revoked: ${purged.credentials} credentials, ${purged.events} events and ${purged.certificates} certificates destroyed, and ${path} removed`,
      )
    })
}
