// Compile-only: programs as users write them. `tsc` is the test.
import {
  type AnyProtocol,
  ClusterPrimary,
  type ClusterPrimaryOptions,
  ClusterWorker,
  type EventOf,
  type GroupOptions,
  Initializable,
  type ItemStream,
  type OptionDeclarations,
  type PeerMessageEvent,
  type PeerRequestEvent,
  type PrimaryEvents,
  type PrimaryHandlers,
  type PrimaryMessageEvent,
  type PrimaryRequestEvent,
  type Protocol,
  type WorkerEvents,
  type WorkerHandle,
  type WorkerHandlers,
  type WorkerMessageEvent,
  type WorkerRequestEvent,
} from '../../lib/index.js';

export interface Kitchen extends Protocol {
  workerMessage: { plated: { table: number }; burnt: { dish: string } };
  primaryMessage: { cook: { dish: string; table: number }; close: object };
  peerMessage: { pass: { dish: string } };
  workerRequest: { pantry(item: { name: string }): { left: number } };
  primaryRequest: {
    status(): { busy: boolean };
    recipe(dish: { dish: string }): Promise<string[]>;
    menu(of: { day: number }): AsyncIterable<string>;
  };
  peerRequest: { taste(dish: { dish: string }): { salt: boolean } };
  storage: { served: number; menu: { [dish: string]: { price: number; spices?: readonly string[] } } };
}

export interface KitchenEvents extends PrimaryEvents {
  dishServed: { readonly table: number };
}

export class HeadChef extends ClusterPrimary<Kitchen, KitchenEvents> implements PrimaryHandlers<Kitchen> {
  readonly #stock = new Map<string, number>();
  readonly log: string[] = ['field'];

  protected override async _initialize(): Promise<void> {
    this.#stock.set('salt', 3);
  }
  protected override _destroy(): void {
    this.#stock.clear();
  }
  protected override _eventWorkerReady(event: EventOf<PrimaryEvents, 'workerReady'>): void {
    super._eventWorkerReady(event);
    this.log.push(event.data.worker.name);
  }
  protected _eventDishServed({ data }: EventOf<KitchenEvents, 'dishServed'>): void {
    data.table satisfies number;
  }

  _eventWorkerMessage_plated({ data: { message, worker, handle } }: WorkerMessageEvent<Kitchen, 'plated'>): void {
    worker satisfies WorkerHandle<Kitchen>;
    handle satisfies object | undefined;
    this._publish('dishServed', { table: message.table });
  }
  async _eventWorkerMessage_burnt({ data: { message, worker } }: WorkerMessageEvent<Kitchen, 'burnt'>): Promise<void> {
    await worker.send({ message: { type: 'cook', dish: message.dish, table: 1 } });
  }
  _eventWorkerRequest_pantry({ data: { message, signal } }: WorkerRequestEvent<Kitchen, 'pantry'>) {
    signal satisfies AbortSignal;
    return { left: this.#stock.get(message.name) ?? 0 };
  }
}

export class SousChef extends HeadChef {
  readonly extra = 'field of SousChef';

  protected override async _initialize(): Promise<void> {
    this.log.push(this.extra);
  }
}

export class Cook extends ClusterWorker<Kitchen> implements WorkerHandlers<Kitchen> {
  protected override async _activate(): Promise<void> {
    this.status = 'PROCESSING';
  }
  async _eventPrimaryMessage_cook({ data: { message } }: PrimaryMessageEvent<Kitchen, 'cook'>): Promise<void> {
    const { left } = await this.request({ message: { type: 'pantry', name: message.dish } });
    left satisfies number;
    await this.send({ message: { type: 'plated', table: message.table }, to: 'primary' });
  }
  async tellOthers(dish: string, to: string | number): Promise<void> {
    const pass = { type: 'pass', dish } as const;
    for (const one of [to, { group: 'cooks' }, { select: 'hash', key: dish } as const]) {
      await this.send({ message: pass, to: one });
    }
    await this.send({ message: pass, to: 'all' });
    await this.send({ message: { type: 'pass', dish }, to: [3, 'bob', { select: 'all', group: 'cooks' }, 'others'] });
    await this.send({ message: { type: 'pass', dish }, to: { select: 'all' }, signal: this.stopping });
    const { salt } = await this.request({ message: { type: 'taste', dish }, to, timeout: 50 });
    salt satisfies boolean;
    const retry = { attempts: 3 };
    (await this.request({ message: { type: 'taste', dish }, to: { group: 'cooks' }, retry })).salt satisfies boolean;
  }
  _eventPrimaryMessage_close(): void {}
  _eventPeerMessage_pass({ data: { message, from } }: PeerMessageEvent<Kitchen, 'pass'>): void {
    message.dish satisfies string;
    from.group satisfies string;
  }
  _eventPrimaryRequest_status() {
    return { busy: this.status !== 'IDLE' };
  }
  async _eventPrimaryRequest_recipe({ data: { message } }: PrimaryRequestEvent<Kitchen, 'recipe'>) {
    return [message.dish];
  }
  async *_eventPrimaryRequest_menu({ data: { message } }: PrimaryRequestEvent<Kitchen, 'menu'>) {
    yield `day ${message.day}`;
  }
  _eventPeerRequest_taste({ data: { message } }: PeerRequestEvent<Kitchen, 'taste'>) {
    return { salt: message.dish === 'soup' };
  }
}

export async function main(signal: AbortSignal): Promise<void> {
  await using chef = await new SousChef({ workerCount: 'auto', workerScript: new URL('file:///cook.js') }).ready;
  chef satisfies SousChef;
  chef.on('dishServed', ({ data }) => void (data.table satisfies number));
  chef.before('workerReplace', event => {
    if (event.data.exit.cause === 'clean') event.prevent();
  });
  const { data } = await chef.once('workerExit', { signal });
  data.code satisfies number | null;

  const reached = await chef.send({ message: { type: 'cook', dish: 'soup', table: 4 }, signal });
  reached satisfies WorkerHandle<Kitchen>[];
  await chef.send({ message: { type: 'close' }, to: ['cook-0', 2, ...chef.workers] });

  const worker = chef.roundRobin({ tag: 'soup' });
  if (!worker) return;

  chef.select({ strategy: 'hash', key: 'soup' }) satisfies WorkerHandle<Kitchen> | undefined;
  chef.select({ strategy: 'leastLoad', tag: 'soup', group: undefined })?.load satisfies number | undefined;
  (await chef.whenReady({ group: 'default', signal })) satisfies WorkerHandle<Kitchen>;
  await chef.send({ message: { type: 'close' }, to: [{ group: 'default', select: 'all' }, { select: 'leastLoad' }] });
  const selected = await chef.request({
    message: { type: 'status' },
    to: { group: 'default', select: 'hash', key: 'soup' },
    retry: { attempts: 3 },
  });
  selected satisfies { busy: boolean };

  const { busy } = await chef.request({ message: { type: 'status' }, to: worker, signal, timeout: 100 });
  busy satisfies boolean;
  (await worker.request({ message: { type: 'recipe', dish: 'soup' } })) satisfies string[];
  (await worker.exited).cause satisfies string;

  for await (const dish of chef.stream({ message: { type: 'menu', day: 1 }, to: worker, signal }))
    dish satisfies string;
  await using dishes = worker.stream({ message: { type: 'menu', day: 2 } });
  dishes satisfies ItemStream<string>;
  const { value } = await dishes.next();
  value satisfies string | undefined;
}

// A schema per type, and only for types that there are.
export const options: ClusterPrimaryOptions<Kitchen> = {
  schemas: { workerMessage: { plated: { '~standard': { version: 1, vendor: 'us', validate: value => ({ value }) } } } },
};

// Untyped use.
export class Anything extends ClusterPrimary {
  _eventWorkerMessage_log({ data: { message } }: WorkerMessageEvent<AnyProtocol, 'log'>) {
    const { text } = message;
    return text;
  }
}
export const anything = new Anything({ initialize: false });
void anything.send({ message: { type: 'whatever', amount: 1 } });
export const later = () => anything.request({ message: { type: 'x' }, to: 1 }).then(reply => reply.anything);
export async function* whateverComes() {
  for await (const item of anything.stream({ message: { type: 'x' } })) yield item.anything;
}

// Whoever takes any primary or worker takes these.
// biome-ignore lint/suspicious/noExplicitAny: whatever its protocol and events are
export const upcasts: readonly ClusterPrimary<any, any>[] = [new HeadChef({ initialize: false }), anything];
// biome-ignore lint/suspicious/noExplicitAny: as above
export const worker: ClusterWorker<any, any> = new Cook({ initialize: false });
export const untyped: readonly [ClusterPrimary, ClusterWorker] = [
  new HeadChef({ initialize: false }),
  new Cook({ initialize: false }),
];
export const lifecycles: readonly AsyncDisposable[] = [...upcasts, worker];

// Streams the other way.
export interface Ledger extends Protocol {
  workerRequest: { orders(of: { day: number }): AsyncIterable<{ table: number }>; total(): number };
}
export class Owner extends ClusterPrimary<Ledger> implements PrimaryHandlers<Ledger> {
  async *_eventWorkerRequest_orders({ data: { message } }: WorkerRequestEvent<Ledger, 'orders'>) {
    yield { table: message.day };
  }
  _eventWorkerRequest_total() {
    return 3;
  }
}
export class Clerk extends ClusterWorker<Ledger> implements WorkerHandlers<Ledger> {
  protected override async _initialize(): Promise<void> {
    const orders = this.stream({ message: { type: 'orders', day: 1 }, to: 'primary', signal: this.stopping });
    for await (const { table } of orders) table satisfies number;
  }
}

// A class generic in its protocol and its events.
interface Beats extends Protocol {
  primaryMessage: { ping: { at: number } };
  workerMessage: { pong: { at: number } };
  primaryRequest: { load(): number };
}
export class Heartbeat<P extends Beats = Beats, E extends PrimaryEvents = PrimaryEvents> extends ClusterPrimary<P, E> {
  _eventWorkerMessage_pong({ data: { message } }: WorkerMessageEvent<Beats, 'pong'>): void {
    message.at satisfies number;
  }
  beat() {
    return this.send({ message: { type: 'ping', at: 1 } });
  }
}
interface Both extends Protocol {
  primaryMessage: Beats['primaryMessage'] & { cook: { dish: string } };
  workerMessage: Beats['workerMessage'] & { plated: { table: number } };
  primaryRequest: Beats['primaryRequest'];
}
export class BothChef extends Heartbeat<Both> implements PrimaryHandlers<Both> {
  _eventWorkerMessage_plated(): void {
    void this.beat();
    void this.send({ message: { type: 'cook', dish: 'soup' } });
  }
}
interface MoodEvents extends WorkerEvents {
  mood: { readonly good: boolean };
}
/** Generic in what else its protocol has. */
export class Gossip<P extends Whispers = Whispers> extends ClusterWorker<P> {
  async whisper(): Promise<void> {
    await this.send({ message: { type: 'psst', text: 'soup' }, to: 'others' });
  }
}
interface Whispers extends Protocol {
  peerMessage: { psst: { text: string } };
}
export class Moody<P extends Protocol = AnyProtocol> extends ClusterWorker<P, MoodEvents> {
  protected _eventMood({ data }: EventOf<MoodEvents, 'mood'>): void {
    this.status = data.good ? 'HAPPY' : 'SAD';
  }
}

// The lifecycle alone, with options at two levels.
export class Store extends Initializable {
  static override options: OptionDeclarations = { path: { default: 'data' } };

  constructor(options: { readonly path?: string | undefined; readonly initialize?: boolean | undefined } = {}) {
    super(options);
    this.on('initializeComplete', () => {});
  }
  protected override async _initialize({ path }: { readonly path: string }): Promise<void> {
    path satisfies string;
  }
}
export class CachedStore extends Store {
  static override options: OptionDeclarations = {
    size: { default: 10, expected: 'a number', accepts: Number.isFinite },
  };

  protected override _initialize({ size }: { readonly path: string; readonly size: number }): Promise<void> {
    size satisfies number;
    return Promise.resolve();
  }
}

/** Groups have the primary's per-worker options, without the prefix. */
const api: GroupOptions = { workerCount: 'auto', script: './api.js', args: ['--fast'], restart: { intensity: 1 } };

export async function kitchens(isBusy: boolean): Promise<WorkerHandle<Kitchen>[]> {
  const chef = new ClusterPrimary<Kitchen>({ groups: { api, jobs: isBusy ? { inspectPort: () => 0 } : undefined } });
  const selected: WorkerHandle<Kitchen> | undefined = chef.roundRobin({ tag: 'cook', group: 'api' });
  return selected ? [selected] : chef.fork({ group: 'jobs', workerCount: 2 });
}
