import type { EventOf, PubsubEvents } from '../../lib/pubsub/event.js';
import type { EventDefinitions } from '../../lib/pubsub/event-definition.js';
import { Pubsub } from '../../lib/pubsub/pubsub.js';
import type { Listener, Subscription } from '../../lib/pubsub/subscription.js';

export interface KitchenEvents extends PubsubEvents {
  dishServed: { readonly table: number };
  dishOrdered: { readonly dish: string; readonly spicy?: boolean };
  opened: undefined;
  closed: undefined;
  burnt: object;
}

/** A publisher whose protected members tests may use, and which writes down what its events do. */
export class Kitchen extends Pubsub<KitchenEvents> {
  readonly log: string[] = [];
  /** What the `error` events said. Set, it keeps them from being thrown. */
  readonly failures: EventOf<KitchenEvents, 'error'>[] = [];

  constructor(definitions: EventDefinitions<KitchenEvents> = {}) {
    super();
    this._define(definitions);
  }

  happen<Name extends keyof KitchenEvents & string>(name: Name, data?: KitchenEvents[Name]): boolean {
    return super._publish(name, data as KitchenEvents[Name]);
  }

  subscribeOwn<Name extends keyof KitchenEvents & string>(
    stageName: string,
    name: Name,
    listener: Listener<KitchenEvents, Name>,
  ): Subscription {
    return super._subscribe(stageName, name, listener);
  }

  unsubscribeOwn(selection?: Parameters<Pubsub<KitchenEvents>['unsubscribe']>[0]): number {
    return super._unsubscribe(selection);
  }

  serve(table = 1): boolean {
    return this.happen('dishServed', { table });
  }

  /** Writes down the stage of an event. */
  note(event: { readonly stageName: string }): void {
    this.log.push(event.stageName);
  }

  protected _eventDishServed(event: EventOf<KitchenEvents, 'dishServed'>): void {
    this.log.push(event.stageName);
  }

  protected override _eventError(event: EventOf<PubsubEvents, 'error'>): void {
    this.failures.push(event);
  }
}

/** Subscribes to all stages of `dishServed` by its own log. */
export function notedKitchen(definitions?: EventDefinitions<KitchenEvents>): Kitchen {
  const kitchen = new Kitchen(definitions);
  for (const stage of ['before', 'on', 'after'] as const) kitchen[stage]('dishServed', 'note');
  return kitchen;
}
