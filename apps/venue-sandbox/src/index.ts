/**
 * Local exchanges for development and tests: they speak the wire protocols of Binance spot, Coinbase Advanced Trade and
 * Kraken spot, hold one invented trader each, and misbehave on demand. SANDBOX: nothing here is a real venue.
 */
export type { LiveFlow, LiveTrader, PlacedFill } from './account/live-trader.ts'
export { VENUES as VENUE_IDS, type VenueId } from './account/profile.ts'
export type { Fault, FaultKind, FaultScope } from './exchange/faults.ts'
export type { Credential, KeyName, VenueCredentials } from './exchange/keys.ts'
export { type RunOptions, runSandbox } from './run.ts'
export { type Sandbox, startSandbox } from './sandbox.ts'
export { DEFAULT_SEED, type SandboxOptions } from './venue.ts'
