import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { PhasedEvent } from '../../lib/pubsub/event.js';
import { Pubsub } from '../../lib/pubsub/pubsub.js';
import type { Subscription } from '../../lib/pubsub/subscription.js';

const objects = [0, 1, 2];
const stages = ['before', 'on', 'after'];
const allStages = ['before', 'on', 'complete', 'after'];
/** How deep listeners publish from inside each other. */
const maxDepth = 3;

/** Listeners that publish to listeners that subscribe more of them explode: after so many lines both worlds grow no more. */
const mostLines = 2_000;

/** What a listener does when it is called, or what is done from outside. */
type Action =
  | { readonly type: 'nothing' | 'stopDispatch' | 'stopDistribution' | 'stopEvent' | 'leave' | 'throw' }
  | { readonly type: 'prevent'; readonly stage: string }
  | { readonly type: 'publish'; readonly object: number }
  | { readonly type: 'subscribe'; readonly object: number; readonly stage: string; readonly does: Action }
  | { readonly type: 'unsubscribe'; readonly index: number }
  | { readonly type: 'connect' | 'disconnect'; readonly object: number; readonly to: number };

/** What both the library and the model offer to a listener. */
interface Turn {
  prevent(stage: string): unknown;
  stopDispatch(): unknown;
  stopDistribution(): unknown;
  stopEvent(): unknown;
  unsubscribe(): unknown;
}

interface World {
  readonly log: string[];
  act(action: Action, turn?: Turn): void;
}

/** The library. */
class Real implements World {
  readonly log: string[] = [];
  readonly #subscriptions: Subscription[] = [];
  readonly #depth = { now: 0 };
  readonly #pubsubs = objects.map(object => {
    const pubsub = new Pubsub();
    return Object.assign(pubsub, {
      _eventTick: () => this.log.push(`${object} complete`),
      _eventError: ({ data }: PhasedEvent<{ error: unknown }>) => this.log.push(`${object} ${data.error}`),
    });
  });

  act(action: Action, turn?: Turn): void {
    if (isTooMuch(this, action)) return;
    if (action.type === 'publish') this.#publish(action.object);
    else if (action.type === 'subscribe') this.#subscribe(action);
    else if (action.type === 'unsubscribe') this.#subscriptions[action.index]?.unsubscribe();
    else if (action.type === 'connect') this.#pubsub(action.object).addDistributor(this.#pubsub(action.to));
    else if (action.type === 'disconnect') this.#pubsub(action.object).removeDistributor(this.#pubsub(action.to));
    else takeTurn(action, turn);
  }

  #pubsub(object: number): Pubsub {
    return this.#pubsubs[object] ?? expect.fail('there is no such object');
  }

  #publish(object: number): void {
    if (this.#depth.now >= maxDepth) return;
    this.#depth.now++;
    this.log.push(`returned ${this.#pubsub(object).publish('tick')}`);
    this.#depth.now--;
  }

  #subscribe({ object, stage, does }: Action & { readonly type: 'subscribe' }): void {
    const id = this.#subscriptions.length;
    const listener = (event: PhasedEvent): void => {
      this.log.push(`${id} at ${object} ${event.stageName}`);
      this.act(does, event);
    };
    this.#subscriptions.push(this.#pubsub(object).subscribe(stage, 'tick', listener));
  }
}

interface ModelSubscriber {
  readonly id: number;
  readonly object: number;
  readonly stage: string;
  readonly does: Action;
}

/** The same in the plainest words: one list of subscribers, one list of connections. */
class Model implements World {
  readonly log: string[] = [];
  #subscribers: ModelSubscriber[] = [];
  #connections: (readonly [number, number])[] = [];
  #count = 0;
  #depth = 0;

  act(action: Action, turn?: Turn): void {
    if (isTooMuch(this, action)) return;
    if (action.type === 'publish') this.#publish(action.object);
    else if (action.type === 'subscribe') {
      const { object, stage, does } = action;
      this.#subscribers.push({ id: this.#count++, object, stage, does });
    } else if (action.type === 'unsubscribe') this.#remove(action.index);
    else if (action.type === 'connect' || action.type === 'disconnect') {
      const { object, to } = action;
      const known = this.#connections.some(([from, other]) => from === object && other === to);
      if (action.type === 'connect' && !known) this.#connections.push([object, to]);
      if (action.type === 'disconnect')
        this.#connections = this.#connections.filter(([from, other]) => from !== object || other !== to);
    } else takeTurn(action, turn);
  }

  #remove(id: number): void {
    this.#subscribers = this.#subscribers.filter(subscriber => subscriber.id !== id);
  }

  #publish(publisher: number): void {
    if (this.#depth >= maxDepth) return;
    this.#depth++;
    this.log.push(`returned ${this.#run(publisher)}`);
    this.#depth--;
  }

  #run(publisher: number): boolean {
    const prevented = new Set<string>();
    let completed = false;
    for (const [index, stage] of allStages.entries()) {
      if (prevented.has(stage)) return completed;
      if (stage === 'complete') {
        this.log.push(`${publisher} complete`);
        completed = true;
        continue;
      }
      const later = new Set(allStages.slice(index + 1));
      if (this.#stage({ publisher, stage, prevent: name => later.has(name) && prevented.add(name) })) return completed;
    }
    return true;
  }

  /** Runs a stage; returns whether the event was stopped. */
  #stage({ publisher, stage, prevent }: { publisher: number; stage: string; prevent(name: string): void }): boolean {
    const stopped = { dispatch: false, distribution: false, event: false };
    for (const object of this.#reach(publisher)) {
      stopped.dispatch = false;
      for (const subscriber of this.#subscribers.filter(each => each.object === object && each.stage === stage)) {
        if (!this.#subscribers.includes(subscriber)) continue;
        this.log.push(`${subscriber.id} at ${object} ${stage}`);
        const turn = {
          prevent,
          stopDispatch: () => (stopped.dispatch = true),
          stopDistribution: () => (stopped.distribution = true),
          stopEvent: () => (stopped.event = true),
          unsubscribe: () => this.#remove(subscriber.id),
        };
        try {
          this.act(subscriber.does, turn);
        } catch (error) {
          this.log.push(`${publisher} ${error}`);
        }
        if (stopped.dispatch || stopped.event) break;
      }
      if (stopped.distribution || stopped.event) break;
    }
    return stopped.event;
  }

  /** Who distributes, directly or not, nearest first, in the order of connection. */
  #reach(publisher: number): number[] {
    const reached = [publisher];
    for (let index = 0; index < reached.length; index++) {
      const from = reached[index];
      const next = this.#connections.filter(([object]) => object === from).map(([, to]) => to);
      for (const to of next) if (!reached.includes(to)) reached.push(to);
    }
    return reached;
  }
}

function isTooMuch({ log }: World, { type }: Action): boolean {
  return log.length > mostLines && (type === 'publish' || type === 'subscribe');
}

function takeTurn(action: Action, turn: Turn | undefined): void {
  if (action.type === 'throw') throw new Error('thrown');
  if (action.type === 'prevent') turn?.prevent(action.stage);
  if (action.type === 'leave') turn?.unsubscribe();
  if (action.type === 'stopDispatch' || action.type === 'stopDistribution' || action.type === 'stopEvent') {
    turn?.[action.type]();
  }
}

const object = fc.constantFrom(...objects);
const stage = fc.constantFrom(...stages);
const { listenerAction } = fc.letrec<{ listenerAction: Action; outerAction: Action }>(tie => ({
  listenerAction: fc.oneof(
    { maxDepth: 2 },
    fc.record({ type: fc.constantFrom('nothing', 'stopDispatch', 'stopDistribution', 'stopEvent', 'leave', 'throw') }),
    fc.record({ type: fc.constant('prevent'), stage: fc.constantFrom(...allStages) }),
    fc.record({ type: fc.constant('publish'), object }),
    fc.record({ type: fc.constant('unsubscribe'), index: fc.nat(8) }),
    fc.record({ type: fc.constant('subscribe'), object, stage, does: tie('listenerAction') }),
  ) as fc.Arbitrary<Action>,
  outerAction: fc.constant<Action>({ type: 'nothing' }),
}));
const outerAction = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('subscribe'), object, stage, does: listenerAction }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('publish'), object }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('unsubscribe'), index: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('connect', 'disconnect'), object, to: object }) },
) as fc.Arbitrary<Action>;

describe('Pubsub', () => {
  it('does what a simple model does, whatever listeners do', () => {
    const property = fc.property(fc.array(outerAction, { maxLength: 30 }), actions => {
      const [real, model] = [new Real(), new Model()];
      for (const action of actions) for (const world of [real, model]) world.act(action);

      expect(real.log).to.deep.equal(model.log);
    });

    fc.assert(property, { numRuns: 1000 });
  });
});
