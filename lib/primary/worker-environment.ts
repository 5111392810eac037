import type { Role } from '../supervision/actions.js';
import type { Slot } from '../supervision/slot.js';
import type { Group } from './groups.js';
import type { WorkerEnvironment } from './launcher.js';
import { watchdogDescriptor } from './worker-settings.js';

/**
 * What a worker has to know before anything can be said to it.
 *
 * Every variable is there, `undefined` where it says nothing: the worker must not inherit what this process was told.
 */
export function workerEnvironment(
  { slot: { group, index, name }, role }: { readonly slot: Slot; readonly role: Role },
  { options, settings }: Group,
): WorkerEnvironment {
  const { readyOn, serialization, codec } = options;
  const watchdog = watchdogDescriptor(options, settings);
  return {
    CLUSTER_GROUP: group,
    CLUSTER_SLOT: String(index),
    CLUSTER_NAME: name,
    // Node does not tell a worker how its channel encodes.
    CLUSTER_SERIALIZATION: serialization,
    CLUSTER_CODEC: readyOn === 'hello' ? codec?.name : undefined,
    CLUSTER_STANDBY: role === 'standby' ? '1' : undefined,
    CLUSTER_WATCHDOG_FD: watchdog === undefined ? undefined : String(watchdog),
  };
}
