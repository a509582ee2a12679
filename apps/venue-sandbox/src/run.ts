import { VENUES } from './account/profile.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import type { SandboxOptions } from './venue.ts'

export interface RunOptions extends SandboxOptions {
  /** One JSON object instead of text for people. */
  readonly json?: boolean
}

/**
 * What `perf-aggregator sandbox` does: starts the venues and prints their addresses and credentials through `print`
 * (once per line). The caller stops the returned sandbox, for example on a signal.
 */
export async function runSandbox(options: RunOptions, print: (line: string) => void): Promise<Sandbox> {
  const sandbox = await startSandbox(options)
  if (options.json === true) {
    const { venues, credentials, discoveryUrl } = sandbox
    print(
      JSON.stringify({ sandbox: true, warning: WARNING, discovery_url: discoveryUrl, venues, credentials }, null, 2),
    )
    return sandbox
  }
  print(`SANDBOX: ${WARNING}`)
  print(`point an enclave at it: perf-aggregator serve --sandbox ${sandbox.discoveryUrl}`)
  for (const venue of VENUES) {
    const fills = sandbox.traders[venue].fills().length
    print('')
    print(`${venue}  ${sandbox.venues[venue].url}  (${fills} fills)`)
    for (const [name, credential] of Object.entries(sandbox.credentials[venue])) {
      print(`  ${name}`)
      print(`    key     ${credential.apiKey}`)
      print(`    secret  ${inOneLine(credential.apiSecret)}`)
    }
  }
  return sandbox
}

/** As it is, to be copied; of several lines as JSON has it, and as a venue hands it out. */
function inOneLine(secret: string): string {
  return secret.includes('\n') ? JSON.stringify(secret) : secret
}

const WARNING = 'not real exchanges; accounts, prices and credentials are invented and worth nothing'
