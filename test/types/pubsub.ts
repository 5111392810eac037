import { from, type Observable } from 'rxjs';
import type { EventOf, PhasedEvent, PubsubEvents } from '../../lib/pubsub/event.js';
import { Pubsub } from '../../lib/pubsub/pubsub.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function check<T extends true>(..._: T[]): void {}

interface BaseEvents extends PubsubEvents {
  workerExit: { readonly code: number };
  setup: undefined;
}
interface KitchenEvents extends BaseEvents {
  dishServed: { readonly table: number };
}

class Base<P, E extends BaseEvents = BaseEvents> extends Pubsub<E> {
  static {
    Base.define<BaseEvents>({ workerExit: { preventable: false, data: { code: 0 } } });
  }

  protocol: P | undefined;

  leave(): boolean {
    this._publish('setup', undefined);
    return this._publish('workerExit', { code: 1 });
  }

  protected _eventWorkerExit(event: EventOf<BaseEvents, 'workerExit'>): void {
    event.data.code satisfies number;
  }
}

class Middle<P, E extends BaseEvents = BaseEvents> extends Base<P, E> {
  override destroy(): Promise<void> {
    return Promise.resolve();
  }
}

class Kitchen extends Middle<string, KitchenEvents> {
  static {
    Kitchen.define<KitchenEvents>({ dishServed: { publishOnce: true } });
    // @ts-expect-error an unknown event
    Kitchen.define<KitchenEvents>({ dishSmashed: {} });
    // @ts-expect-error an unknown setting
    Kitchen.define<KitchenEvents>({ dishServed: { publishTwice: true } });
  }

  serve(): void {
    this._publish('dishServed', { table: 1 });
    this._publish('setup');
    // @ts-expect-error data of another shape
    this._publish('dishServed', { tabel: 1 });
    // @ts-expect-error the data is missing
    this._publish('dishServed');
    // @ts-expect-error an unknown event
    this._publish('dishSmashed', {});
  }

  protected override _eventWorkerExit(event: EventOf<BaseEvents, 'workerExit'>): void {
    super._eventWorkerExit(event);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what users write to hold any of them.
export const upcasts = (kitchen: Kitchen): [Base<any, any>, Base<string>, Middle<string, BaseEvents>, Pubsub<any>] => [
  kitchen,
  kitchen,
  kitchen,
  kitchen,
];

export async function good(kitchen: Kitchen): Promise<void> {
  kitchen.on('dishServed', ({ name, data, publisher }) => {
    check<Equal<typeof name, 'dishServed'>>();
    data.table satisfies number;
    publisher satisfies object;
  });
  kitchen.before({ workerExit: event => event.prevent(), dishServed: 'serve' });
  kitchen.on('error', ({ data }) => data.event.name satisfies string);
  kitchen.onceAfter('dishServed', { callbackFunction: event => event.data.table, host: kitchen, once: true });
  kitchen.subscribe('check', 'dishServed', event => event.stopEvent().stopDispatch());
  kitchen.subscribe([
    { stageName: 'on', eventName: 'dishServed', config: event => event.data.table },
    { stageName: 'on', eventName: 'workerExit', config: { callbackFunction: event => event.data.code } },
  ]);
  kitchen.unsubscribe();
  kitchen.unsubscribe('dishServed');
  kitchen.unsubscribe(['dishServed', { stageName: 'on', eventName: 'workerExit' }]);
  const event = await kitchen.once('dishServed', { filter: ({ data }) => data.table > 2 });
  check<Equal<typeof event, PhasedEvent<{ readonly table: number }, 'dishServed'>>>();
  for await (const { data } of kitchen.events('dishServed')) data.table satisfies number;
  for await (const { name } of kitchen.events()) name satisfies keyof KitchenEvents;
  from(kitchen.observe('dishServed')) satisfies Observable<EventOf<KitchenEvents, 'dishServed'>>;
  from(kitchen.observe()).subscribe(some => some.name === 'dishServed' && some.data.table);
  kitchen.addDistributor(new Pubsub());
  kitchen.addDistributor(new Base<number>());
}

export function untyped(pubsub: Pubsub): void {
  pubsub.on('anything', ({ data }) => data.whatever.there.is);
  pubsub.publish('anything');
  pubsub.publish('anything', { whatever: 1 });
  pubsub.observe().subscribe(({ data }) => void data.whatever);
}

export function bad(kitchen: Kitchen): void {
  // @ts-expect-error an unknown event
  kitchen.on('dishSmashed', () => {});
  // @ts-expect-error data of another shape
  kitchen.on('dishServed', ({ data }) => data.tabel);
  // @ts-expect-error a number is no listener
  kitchen.on('dishServed', 3);
  // @ts-expect-error an unknown event
  kitchen.before({ dishSmashed: () => {} });
  // @ts-expect-error an unknown event
  void kitchen.once('dishSmashed');
  // @ts-expect-error `_publish` is for subclasses
  kitchen._publish('dishServed', { table: 1 });
}
