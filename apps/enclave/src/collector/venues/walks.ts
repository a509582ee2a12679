import type { StreamName } from '../../ports/venue.ts'
import type { Tenant } from '../tenants.ts'
import { Walk } from './walk.ts'

/** The walks in progress, per tenant and stream; they go when the tenant goes. */
export class Walks {
  readonly #byTenant = new WeakMap<Tenant, Map<StreamName, { readonly window: string; readonly walk: Walk }>>()

  /** The walk of this window if it is in progress; null after a restart, or when another window was walked meanwhile. */
  find(tenant: Tenant, stream: StreamName, window: string): Walk | null {
    const entry = this.#byTenant.get(tenant)?.get(stream)
    return entry?.window === window ? entry.walk : null
  }

  begin(tenant: Tenant, stream: StreamName, window: string): Walk {
    const walk = new Walk()
    const streams = this.#byTenant.get(tenant) ?? new Map<StreamName, { window: string; walk: Walk }>()
    this.#byTenant.set(tenant, streams.set(stream, { window, walk }))
    return walk
  }

  end(tenant: Tenant, stream: StreamName): void {
    this.#byTenant.get(tenant)?.delete(stream)
  }
}
