import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { EventOf, PhasedEvent } from '../../lib/pubsub/event.js';
import { EventPlan } from '../../lib/pubsub/event-plan.js';
import { Pubsub } from '../../lib/pubsub/pubsub.js';
import { Route, type RouteStep } from '../../lib/pubsub/route.js';
import type { Subscription } from '../../lib/pubsub/subscription.js';
import { Kitchen, type KitchenEvents } from './kitchen.js';

type DishServed = EventOf<KitchenEvents, 'dishServed'>;

/** Who is called when nobody disturbs anything. */
const places = ['before 1', 'before 2', 'on 1', 'on 2', 'complete', 'after 1', 'after 2'];

/** A kitchen with two subscribers at each stage, one of whom does something else. */
class DisturbedKitchen extends Kitchen {
  /** Whose call is the disturbance. */
  readonly place: string;
  readonly subscriptions = new Map<string, Subscription>();
  #disturb: ((event: DishServed) => unknown) | undefined;

  constructor(place: string, disturbance: Disturbance) {
    super({ dishServed: { stopDispatchFunction: 'say', stopEventFunction: 'say', preventFunction: 'say' } });
    this.place = place;
    this.#disturb = event => disturbance(this, event);
    for (const name of places) if (name !== 'complete') this.add(name);
  }

  add(name: string): void {
    const [stage = ''] = name.split(' ');
    this.subscriptions.set(
      name,
      this.subscribe(stage, 'dishServed', event => this.#take(name, event)),
    );
  }

  redefine(): void {
    this._define({ dishServed: { stages: ['on', 'before', 'complete'], preventFunction: 'shout' } });
  }

  end(): void {
    this._releaseSubscribers();
  }

  say(event: PhasedEvent): void {
    this.log.push(`told at ${event.stageName}, completed: ${event.completed}`);
  }

  protected override _eventDishServed(event: DishServed): unknown {
    return this.#take('complete', event);
  }

  protected override _eventError({ data }: EventOf<KitchenEvents, 'error'>): void {
    this.log.push(`failed at ${data.stageName}, completed: ${data.event.completed}`);
  }

  #take(name: string, event: DishServed): unknown {
    const { table } = event.data;
    this.log.push(`${table} ${name}: ${event.stageName}, ${event.completed}, ${event.distributor === this}`);
    if (name !== this.place) return undefined;

    // Once, or it would publish forever.
    const disturb = this.#disturb;
    this.#disturb = undefined;
    return disturb?.(event);
  }
}

type Disturbance = (kitchen: DisturbedKitchen, event: DishServed) => unknown;

const disturbances: Record<string, Disturbance> = {
  throws: () => {
    throw new Error('burnt');
  },
  'returns something': () => 'something',
  'prevents its own stage': (_, event) => void event.prevent(event.stageName),
  'prevents the next but one stage': (_, event) => void event.prevent('after'),
  'prevents the complete stage': (_, event) => void event.prevent(),
  'stops the dispatch': (_, event) => void event.stopDispatch(),
  'stops the distribution': (_, event) => void event.stopDistribution(),
  'stops the event': (_, event) => void event.stopEvent(),
  leaves: (kitchen, event) => void kitchen.log.push(`left: ${event.unsubscribe()}`),
  'ends the subscription of its neighbour': ({ subscriptions, place }) =>
    void subscriptions.get(place.replace('1', '2'))?.unsubscribe(),
  'ends the subscription of somebody later': ({ subscriptions }) => void subscriptions.get('after 2')?.unsubscribe(),
  'ends the subscription of somebody earlier': ({ subscriptions }) => void subscriptions.get('before 1')?.unsubscribe(),
  'brings somebody to every stage': kitchen => {
    for (const name of ['before 3', 'on 3', 'after 3']) kitchen.add(name);
  },
  'leaves, stops the dispatch and throws': (_, event) => {
    event.unsubscribe();
    event.stopDispatch();
    throw new Error('burnt');
  },
  'defines the event anew': kitchen => kitchen.redefine(),
  'publishes the event again': kitchen => void kitchen.serve(2),
  'brings a distributor': kitchen => kitchen.addDistributor(new Pubsub()),
  'ends all': kitchen => kitchen.end(),
};

/** What happens with and without a route: a distributor that hears nothing makes an event go stage by stage. */
function serve(place: string, disturbance: Disturbance, distributor?: Pubsub): readonly string[] {
  const kitchen = new DisturbedKitchen(place, disturbance);
  if (distributor) kitchen.addDistributor(distributor);
  let kept: DishServed | undefined;
  kitchen.subscribe('before', 'dishServed', event => {
    kept ??= event;
  });
  const ran = kitchen.serve(1);

  const left = kept?.unsubscribe();
  const end = `${ran} ${kept?.stageName} ${kept?.completed} ${kept?.isPrevented()} ${kept?.isPrevented('after')} ${left}`;
  return [...kitchen.log, end];
}

describe('Route', () => {
  it('makes no difference to an event that is not disturbed', () => {
    const log = serve('nowhere', () => {});

    expect(log).to.deep.equal(serve('nowhere', () => {}, new Pubsub()));
    expect(log).to.deep.equal([
      '1 before 1: before, false, true',
      '1 before 2: before, false, true',
      '1 on 1: on, false, true',
      '1 on 2: on, false, true',
      '1 complete: complete, false, true',
      '1 after 1: after, true, true',
      '1 after 2: after, true, true',
      'true after true false false false',
    ]);
  });

  for (const [title, disturbance] of Object.entries(disturbances)) {
    it(`makes no difference to an event when a listener ${title}`, () => {
      for (const place of places) {
        expect(serve(place, disturbance), place).to.deep.equal(serve(place, disturbance, new Pubsub()));
      }
    });
  }

  it('is left where a listener leaves, and others of its stage are called', () => {
    const log = serve('on 1', (_, event) => event.unsubscribe());

    expect(log.filter(line => line.startsWith('1 on'))).to.deep.equal([
      '1 on 1: on, false, true',
      '1 on 2: on, false, true',
    ]);
    expect(log.at(-1)).to.equal('true after true false false false');
  });

  it('is left where the event is defined anew, which is for the next event', () => {
    const log = serve('before 2', kitchen => kitchen.redefine());

    expect(log.slice(2).map(line => line.slice(0, 10))).to.deep.equal([
      '1 on 1: on',
      '1 on 2: on',
      '1 complete',
      '1 after 1:',
      '1 after 2:',
      'true after',
    ]);
  });

  it('is left for good where a listener stops the event', () => {
    const log = serve('on 1', (_, event) => event.stopEvent());

    expect(log.slice(2)).to.deep.equal([
      '1 on 1: on, false, true',
      'told at on, completed: false',
      'false on false false false false',
    ]);
  });

  it('knows to which stage a call belongs, and who follows there', () => {
    const steps = ['on', 'on', undefined, 'after'].map(stageName => stageName && stepAt(stageName));
    const route = routeOf(steps as (RouteStep | undefined)[]);

    expect(steps.map((_, position) => route.stageIndexAt(position))).to.deep.equal([1, 1, 2, 3]);
    expect(route.restOfStage(0)).to.deep.equal([steps[1]]);
    expect(route.restOfStage(1)).to.deep.equal([]);
    expect(route.restOfStage(2)).to.deep.equal([]);
  });

  it('has an obstacle where somebody else may listen, or nobody does', () => {
    expect(routeOf([stepAt('on')]).obstacle).to.equal(undefined);
    expect(routeOf([undefined]).obstacle).to.equal('silence');
    expect(routeOf([stepAt('on')], false).obstacle).to.equal('stages');
  });
});

function stepAt(stageName: string): RouteStep {
  const subscription = { subscribed: true, unsubscribe: () => true, [Symbol.dispose]: () => {} };
  return { ...subscription, stageName, call: () => {}, distributor: {} };
}

function routeOf(steps: readonly (RouteStep | undefined)[], alone = true): Route {
  const home = { publisher: {}, alone, fail: () => {} };
  return new Route(home, { plan: new EventPlan('tick', undefined), work: () => {}, steps });
}
