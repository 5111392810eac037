import { EventAccessError } from '../errors/errors.js';
import type { Access } from './enrolment.js';
import type { Hub } from './hub.js';
import type { Subscriber } from './subscriber.js';
import type { SubscriptionSelection } from './subscription.js';

/** Which subscriptions to end: an event's name, what they must fit, or a list of these. */
export type Selection = string | SubscriptionSelection | readonly (string | SubscriptionSelection)[];

/**
 * Ends the subscriptions of listeners that were selected, all of them without a selection; returns how many ended.
 *
 * @throws {@link EventAccessError} (`CLUSTER_EVENT_ACCESS`) when an event that was named does not allow it.
 */
export function unsubscribeSelected(hub: Hub, selection: Selection = {}, access: Access): number {
  const parts: readonly (string | SubscriptionSelection)[] = Array.isArray(selection) ? selection : [selection];
  // All are found before the first one ends: a list that names what is not allowed changes nothing.
  const selected = parts.flatMap(part => select(hub, typeof part === 'string' ? { eventName: part } : part, access));
  return selected.filter(subscriber => subscriber.unsubscribe()).length;
}

function select(hub: Hub, selection: SubscriptionSelection, access: Access): Subscriber[] {
  const { eventName, stageName, callbackFunction } = selection;
  const names = eventName === undefined ? hub.eventNames.filter(name => mayEnd(hub, name, access)) : [eventName];
  if (eventName !== undefined && !mayEnd(hub, eventName, access)) {
    throw new EventAccessError(`Subscriptions of the event \`${eventName}\` are ended by their own \`unsubscribe()\``, {
      event: eventName,
    });
  }
  return names
    .flatMap(name => [...hub.dispatcher(name).subscribers(stageName)])
    .filter(({ twin }) => !twin)
    .filter(subscriber => callbackFunction === undefined || subscriber.callbackFunction === callbackFunction);
}

function mayEnd(hub: Hub, name: string, access: Access): boolean {
  return access === 'own' || hub.dispatcher(name).plan.settings.allowPublicUnsubscription;
}
