import { expect } from 'chai';
import type { ExitFacts, StopCause } from '../../lib/supervision/exit-record.js';
import { type Action, type AddRequest, Reconciler } from '../../lib/supervision/reconciler.js';
import type { RestartOptions } from '../../lib/supervision/restart-policy.js';
import { isLive, type Slot } from '../../lib/supervision/slot.js';
import { exitOf } from './exit-records.js';

interface ModelProcess {
  readonly slot: Slot;
  readonly generation: number;
  ready: boolean;
}

/** A cluster without processes: executes the reconciler's actions on plain objects and checks each of them. */
export class ModelCluster {
  readonly reconciler: Reconciler;
  readonly live: ModelProcess[] = [];
  readonly dead: ModelProcess[] = [];
  readonly due: { readonly slot: Slot; readonly generation: number }[] = [];
  readonly actions: Action[] = [];
  readonly given = new Set<Slot>();
  readonly retired = new Set<Slot>();
  now = 0;

  constructor(restart: RestartOptions = {}) {
    this.reconciler = new Reconciler({ now: () => this.now, random: () => 0, restart });
  }

  /** How often an action of this type was asked for. */
  count(type: Action['type']): number {
    return this.actions.filter(action => action.type === type).length;
  }

  add(request: AddRequest): void {
    this.#execute(this.reconciler.add(request));
  }

  ready(process: ModelProcess): void {
    process.ready = true;
    this.#execute(this.reconciler.ready(process.slot, process.generation));
  }

  exit(process: ModelProcess, facts: Partial<ExitFacts> = {}): void {
    const at = this.live.indexOf(process);
    if (at >= 0) this.live.splice(at, 1);
    else expect(this.dead).to.include(process);
    this.dead.push(process);
    const exit = exitOf({ wasReady: process.ready, ...facts });
    const actions = this.reconciler.exited(process.slot, process.generation, exit);
    if (at < 0) expect(actions, 'an exit told twice').to.deep.equal([]);
    this.#execute(actions);
  }

  fire(timer: { readonly slot: Slot; readonly generation: number }): void {
    this.#execute(this.reconciler.due(timer.slot, timer.generation));
  }

  retire(slot: Slot, cause: StopCause = 'destroyed'): void {
    this.retired.add(slot);
    this.#execute(this.reconciler.retire(slot, cause));
  }

  /** As a facade does when somebody prevented `workerReplace`, that is, while nothing runs in the slot. */
  drop(slot: Slot): void {
    if (this.#processesOf(slot).length > 0) return;

    const waited = slot.phase === 'waiting';
    this.#execute(this.reconciler.dropReplacement(slot));
    if (waited) this.retired.add(slot);
  }

  resume(group: string): void {
    this.#execute(this.reconciler.resume(group));
  }

  shutDown(): void {
    this.#execute(this.reconciler.shutDown());
    for (const slot of this.given) this.retired.add(slot);
  }

  /** Lets everything come to rest: what starts gets ready, what was stopped exits, what is due is forked. */
  settle(): void {
    for (let busy = true; busy; ) {
      const stopping = this.live.filter(({ slot }) => slot.phase === 'stopping');
      const starting = this.live.filter(({ slot }) => slot.phase === 'starting');
      const timers = this.due.splice(0);
      for (const process of stopping) this.exit(process, { intent: 'destroyed' });
      for (const process of starting) this.ready(process);
      for (const timer of timers) this.fire(timer);
      busy = stopping.length + starting.length + timers.length > 0;
    }
  }

  /** What holds after every step, whatever happened before. */
  checkInvariants(): void {
    const { slots } = this.reconciler;
    const names = slots.map(({ name }) => name);
    const places = slots.map(({ group, index }) => `${group} ${index}`);
    expect(new Set(names).size, 'names are unique').to.equal(names.length);
    expect(new Set(places).size, 'places are unique').to.equal(places.length);
    for (const slot of slots) {
      expect(this.#processesOf(slot).length, `live processes of ${slot.name}`).to.equal(isLive(slot) ? 1 : 0);
      expect(slot.history.length).to.be.at.most(10);
    }
    for (const { slot } of this.live) expect(slots, 'no process outside a slot').to.include(slot);
  }

  #processesOf(slot: Slot): ModelProcess[] {
    return this.live.filter(process => process.slot === slot);
  }

  #execute(actions: readonly Action[]): void {
    for (const action of actions) {
      this.actions.push(action);
      if (action.type === 'fork') this.#fork(action);
      if (action.type === 'forkLater') this.due.push(action);
      if (action.type === 'stop') expect(this.#processesOf(action.slot), 'there is what to stop').to.have.lengthOf(1);
      if (action.type === 'free') expect(this.reconciler.slots, 'freed').not.to.include(action.slot);
    }
  }

  #fork({ slot, generation }: Action & { readonly type: 'fork' }): void {
    expect(this.#processesOf(slot), 'a second process in a slot').to.deep.equal([]);
    expect(this.reconciler.isShuttingDown, 'a fork after shutdown began').to.equal(false);
    expect(this.reconciler.hasFailed(slot.group), 'a fork in a group that failed').to.equal(false);
    expect(this.retired.has(slot), 'a fork in a slot given up').to.equal(false);
    this.given.add(slot);
    this.live.push({ slot, generation, ready: false });
  }
}
