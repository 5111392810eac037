import { AddressTakenError } from '../errors/errors.js';

/** Whose servers listen on an address: a group of one primary. */
export interface Tenant {
  readonly group: string;
}

/**
 * Who listens where, in this whole process: of workers that ask for the same address Node makes one server, whatever group or
 * primary they belong to, and says nothing.
 */
export class AddressBook {
  readonly #tenants = new Map<string, Map<Tenant, number>>();

  /** Another one that listens there; `undefined` if there is none. */
  otherThan(tenant: Tenant, address: string): Tenant | undefined {
    for (const holder of this.#tenants.get(address)?.keys() ?? []) if (holder !== tenant) return holder;
    return undefined;
  }

  /**
   * One more server of the tenant's listens there.
   *
   * @throws {@link AddressTakenError} with code `CLUSTER_ADDRESS_TAKEN`, unless `together`
   */
  add(tenant: Tenant, address: string, { together = false } = {}): void {
    const other = this.otherThan(tenant, address);
    if (other && !together) throw takenError(tenant, address, other);

    const tenants = this.#tenants.get(address) ?? new Map<Tenant, number>();
    this.#tenants.set(address, tenants);
    tenants.set(tenant, (tenants.get(tenant) ?? 0) + 1);
  }

  /** One of them does no longer. */
  remove(tenant: Tenant, address: string): void {
    const tenants = this.#tenants.get(address);
    const count = tenants?.get(tenant) ?? 0;
    if (count > 1) tenants?.set(tenant, count - 1);
    else if (tenants?.delete(tenant) && tenants.size === 0) this.#tenants.delete(address);
  }
}

/** That of this process. */
export const addressBook = new AddressBook();

function takenError({ group }: Tenant, address: string, { group: holder }: Tenant): AddressTakenError {
  const message =
    `Group \`${group}\` cannot listen on ${address}: group \`${holder}\` does, and would share its connections. ` +
    'If that is meant, serve() it with `acrossGroups`';
  return new AddressTakenError(message, { address, group, holder });
}
