import { expect } from 'chai';
import type { Action, Role } from '../../lib/supervision/actions.js';
import type { ExitFacts, StopCause } from '../../lib/supervision/exit-record.js';
import type { GroupSettings } from '../../lib/supervision/group-state.js';
import type { OperationOrder, Outcome } from '../../lib/supervision/operation.js';
import { type AddRequest, Reconciler } from '../../lib/supervision/reconciler.js';
import type { RestartOptions } from '../../lib/supervision/restart-policy.js';
import { isLive, type Slot } from '../../lib/supervision/slot.js';
import { exitOf } from './exit-records.js';

/** A process that exists only on paper. */
export interface ModelProcess {
  slot: Slot;
  generation: number;
  role: Role | 'leaver';
  readonly edition: number;
  /** Whether it lives; before, it was only asked for. */
  isForked: boolean;
  state: 'starting' | 'ready' | 'stopping';
  wasReady: boolean;
  promoted: boolean;
}

interface ModelOperation {
  readonly order: OperationOrder;
  outcome: Outcome | undefined;
}

/** What will happen to the next action of a kind. */
interface Mischief {
  /** The next fork is vetoed. */
  fork: boolean;
  /** The next replacement is vetoed. */
  replace: boolean;
  /** Called, once, while the next fork is announced. */
  interrupt: ((slot: Slot) => void) | undefined;
}

type Timer = Extract<Action, { type: 'forkLater' }>;

/**
 * A cluster without processes: executes the reconciler's actions one after the other, as the facade does, on plain
 * objects, and checks each of them.
 */
export class ModelCluster {
  readonly reconciler: Reconciler;
  readonly settings: ReadonlyMap<string, GroupSettings>;
  readonly processes: ModelProcess[] = [];
  readonly dead: ModelProcess[] = [];
  readonly timers: Timer[] = [];
  readonly tickets: number[] = [];
  readonly actions: Action[] = [];
  readonly operations = new Map<number, ModelOperation>();
  readonly mischief: Mischief = { fork: false, replace: false, interrupt: undefined };
  readonly freed = new Set<Slot>();
  readonly #generations = new Map<Slot, number>();
  readonly #queue: Action[] = [];
  #isBusy = false;
  #editions = 0;
  #told = 0;
  now = 0;

  constructor(restart: RestartOptions = {}, groups: Readonly<Record<string, GroupSettings>> = {}) {
    this.reconciler = new Reconciler({ now: () => this.now, random: () => 0, restart });
    this.settings = new Map(Object.entries(groups));
    for (const [name, settings] of this.settings) this.reconciler.configure(name, settings);
  }

  /** The processes that were forked and are not gone. */
  get live(): readonly ModelProcess[] {
    return this.processes.filter(({ isForked }) => isForked);
  }

  /** Operations that are not over. */
  get unfinished(): readonly number[] {
    return [...this.operations].filter(([, { outcome }]) => outcome === undefined).map(([number]) => number);
  }

  /** How often an action of this type was asked for. */
  count(type: Action['type']): number {
    return this.actions.filter(action => action.type === type).length;
  }

  add(request: AddRequest): void {
    this.#take(this.reconciler.add(request));
  }

  ready(process: ModelProcess): void {
    const { slot, generation, role, state } = process;
    if (state !== 'starting') return;

    process.state = 'ready';
    process.wasReady = role !== 'standby';
    this.#take(
      role === 'standby' ? this.reconciler.standingBy(slot, generation) : this.reconciler.ready(slot, generation),
    );
  }

  exit(process: ModelProcess, facts: Partial<ExitFacts> = {}): void {
    const { slot, generation, wasReady, state } = process;
    const at = this.processes.indexOf(process);
    if (at >= 0) this.processes.splice(at, 1);
    else expect(this.dead).to.include(process);
    this.dead.push(process);
    const exit = exitOf({ wasReady, ...facts, ...(state === 'stopping' && { intent: 'destroyed' }) });
    const actions = this.reconciler.exited(slot, generation, exit);
    if (at < 0) expect(actions, 'an exit told twice').to.deep.equal([]);
    this.#take(actions);
  }

  fire(timer: Timer): void {
    this.#take(this.reconciler.due(timer.slot, timer.generation));
  }

  elapse(ticket: number): void {
    this.#take(this.reconciler.elapsed(ticket));
  }

  retire(slot: Slot, cause: StopCause = 'destroyed'): void {
    this.#take(this.reconciler.retire(slot, cause));
  }

  operate(order: OperationOrder, join = true): number {
    const { operation, actions } = this.reconciler.operate(order, { join });
    if (!this.operations.has(operation)) this.operations.set(operation, { order, outcome: undefined });
    this.#take(actions);
    return operation;
  }

  /** An edition that was never used. */
  nextEdition(): number {
    this.#editions++;
    return this.#editions;
  }

  abort(operation: number): void {
    this.#take(this.reconciler.abort(operation));
  }

  close(): void {
    this.#take(this.reconciler.close());
  }

  shutDown(): void {
    this.#take(this.reconciler.shutDown());
  }

  /** The actions since the last call, one line each: `fork api-0#2 newcomer edition 1`. */
  told(): string[] {
    const texts = this.actions.slice(this.#told).map(textOf);
    this.#told = this.actions.length;
    return texts;
  }

  /** The slot with this name. */
  slot(name: string): Slot {
    const { slots, standbys } = this.reconciler;
    return found(
      [...slots, ...standbys].find(slot => slot.name === name),
      name,
    );
  }

  /** The process with this role in the slot with this name. */
  process(name: string, role: ModelProcess['role'] = 'worker'): ModelProcess {
    return found(
      this.of(this.slot(name)).find(process => process.role === role),
      `${role} of ${name}`,
    );
  }

  /** How an operation ended. */
  outcome(operation: number): Outcome | undefined {
    return this.operations.get(operation)?.outcome;
  }

  /** Lets everything come to rest: what starts gets ready, what was stopped exits, what is due is forked. */
  settle(): void {
    Object.assign(this.mischief, { fork: false, replace: false, interrupt: undefined });
    for (let busy = true; busy; ) {
      const stopping = this.live.filter(({ state }) => state === 'stopping');
      const starting = this.live.filter(({ state }) => state === 'starting');
      const timers = this.timers.splice(0);
      const tickets = this.tickets.splice(0);
      for (const process of stopping) this.exit(process);
      for (const process of starting) this.ready(process);
      for (const timer of timers) this.fire(timer);
      for (const ticket of tickets) this.elapse(ticket);
      busy = stopping.length + starting.length + timers.length + tickets.length > 0;
    }
  }

  /** The processes of a slot. */
  of(slot: Slot): readonly ModelProcess[] {
    return this.processes.filter(process => process.slot === slot);
  }

  /** What holds after every step, whatever happened before. */
  checkInvariants(): void {
    const { slots, standbys } = this.reconciler;
    const all = [...slots, ...standbys];
    expect(new Set(all.map(({ name }) => name)).size, 'names are unique').to.equal(all.length);
    for (const places of [slots, standbys]) {
      const numbers = places.map(({ group, index }) => `${group} ${index}`);
      expect(new Set(numbers).size, 'numbers are unique').to.equal(numbers.length);
    }
    for (const slot of all) this.#checkSlot(slot);
    for (const { slot } of this.processes) expect(all, 'no process outside a slot').to.include(slot);
    for (const name of new Set(all.map(({ group }) => group))) this.#checkGroup(name);
  }

  #checkSlot(slot: Slot): void {
    const processes = this.of(slot);
    const worker = processes.filter(({ role }) => role === 'worker' || role === 'standby');
    const others = processes.filter(({ role }) => role === 'newcomer' || role === 'leaver');
    const expected = [slot.newcomer, slot.leaver].flatMap(each => each?.generation ?? []);
    expect(
      worker.map(({ generation }) => generation),
      `the worker of ${slot.name}`,
    ).to.deep.equal(isLive(slot) ? [slot.generation] : []);
    expect(
      others.map(({ generation }) => generation),
      `others of ${slot.name}`,
    ).to.deep.equal(expected);
    expect(expected.length, `surplus processes of ${slot.name}`).to.be.at.most(1);
    expect(slot.history.length).to.be.at.most(10);
    expect(slot.nextAt !== undefined).to.equal(slot.phase === 'waiting');
    if (slot.desired === 'up' && slot.phase === 'down') {
      expect(this.reconciler.isClosed || this.reconciler.hasFailed(slot.group), 'nothing is due').to.equal(true);
    }
    if (slot.retired) expect(processes.length, 'something keeps a slot that is given up').to.be.greaterThan(0);
  }

  /**
   * Processes of a group, in slots that are not given up: one for each slot, the spare ones, and no more newcomers and
   * leavers than the operation in progress replaces at a time.
   */
  #checkGroup(name: string): void {
    const { standby = 0, startConcurrency = Number.POSITIVE_INFINITY } = this.settings.get(name) ?? {};
    const mine = this.processes.filter(({ slot }) => slot.group === name);
    const surplus = mine.filter(({ role, slot }) => (role === 'newcomer' || role === 'leaver') && !slot.retired);
    if (!this.reconciler.isClosed) expect(surplus.length, 'surge').to.be.at.most(this.#strideOf(name));
    expect(this.reconciler.standbys.filter(({ group }) => group === name).length).to.be.at.most(standby);
    const booting = mine.filter(
      ({ state, promoted, role }) => state === 'starting' && !promoted && role !== 'newcomer',
    );
    expect(booting.length, 'boots at the same time').to.be.at.most(startConcurrency);
    if (this.reconciler.groupState(name) === 'drained') expect(mine, 'drained').to.deep.equal([]);
  }

  /** How many slots of the group may have two processes. */
  #strideOf(group: string): number {
    const orders = this.unfinished.flatMap(number => this.operations.get(number)?.order ?? []);
    const strides = orders.map(order => {
      const groups: readonly string[] = order.groups;
      if (!groups.includes(group)) return 0;
      if (order.kind === 'reload') return order.stride ?? 1;
      return order.kind === 'recycle' ? 1 : 0;
    });
    return Math.max(0, ...strides);
  }

  #take(actions: readonly Action[]): void {
    for (const action of actions) {
      this.actions.push(action);
      this.#record(action);
      this.#queue.push(action);
    }
    if (this.#isBusy) return;

    this.#isBusy = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#execute(next);
    this.#isBusy = false;
  }

  /** What an action means is checked when it is asked for; when it is executed, more may have been asked for. */
  #record(action: Action): void {
    if ('slot' in action) expect(this.freed.has(action.slot), `${action.type} about a slot given up`).to.equal(false);
    switch (action.type) {
      case 'fork':
        this.#recordFork(action);
        break;
      case 'promote':
        this.#recordPromotion(action);
        break;
      case 'forkLater':
        expect(this.reconciler.isClosed, 'a replacement after shutdown began').to.equal(false);
        break;
      case 'takeOver':
        this.#recordTakeOver(action);
        break;
      case 'stop':
        this.#recordStop(action);
        break;
      case 'free':
        expect(this.of(action.slot), 'a slot is given up when it is empty').to.deep.equal([]);
        this.freed.add(action.slot);
        break;
      case 'settled':
        this.#recordOutcome(action.operation, action.outcome);
        break;
      default:
    }
  }

  #recordFork({ slot, generation, edition, role }: Extract<Action, { type: 'fork' }>): void {
    this.#checkStart(slot, generation);
    if (role !== 'newcomer') expect(this.reconciler.groupState(slot.group), 'a fork').to.equal('running');
    this.processes.push({ slot, generation, edition, role, ...newProcess() });
  }

  #recordPromotion({ slot, generation, standby, standbyGeneration }: Extract<Action, { type: 'promote' }>): void {
    this.#checkStart(slot, generation);
    const process = this.#find(standby, standbyGeneration);
    expect(process).to.include({ role: 'standby', state: 'ready', edition: slot.edition });
    expect(slot.ownSettings).to.equal(false);
    Object.assign(process, { slot, generation, role: 'worker', state: 'starting', promoted: true });
  }

  #recordTakeOver({ slot, generation }: Extract<Action, { type: 'takeOver' }>): void {
    for (const process of this.of(slot)) if (process.role === 'worker') process.role = 'leaver';
    const newcomer = this.#find(slot, generation);
    expect(newcomer).to.include({ role: 'newcomer', state: 'ready' });
    newcomer.role = 'worker';
  }

  #recordStop({ slot, generation, cause }: Extract<Action, { type: 'stop' }>): void {
    const process = this.#find(slot, generation);
    expect(process.state, 'stopped once').not.to.equal('stopping');
    // Whatever is not replaced stays untouched.
    if (cause === 'reloaded' || cause === 'recycled') expect(process.role).not.to.equal('worker');
    if (cause === 'shutDown' && process.role === 'worker' && process.state === 'ready') this.#checkDependents(slot);
    if (process.role === 'newcomer') process.role = 'leaver';
    process.state = 'stopping';
  }

  #checkDependents({ group }: Slot): void {
    const dependents = [...this.settings].filter(([, { dependsOn = [] }]) => dependsOn.includes(group));
    for (const [name] of dependents) {
      expect(
        this.processes.filter(({ slot }) => slot.group === name),
        'dependents stop first',
      ).to.deep.equal([]);
    }
  }

  #checkStart(slot: Slot, generation: number): void {
    expect(this.reconciler.isClosed, 'a start after shutdown began').to.equal(false);
    expect(generation, 'generations rise').to.be.greaterThan(this.#generations.get(slot) ?? 0);
    expect(slot.retired, 'a start in a slot given up').to.equal(false);
    this.#generations.set(slot, generation);
  }

  #recordOutcome(number: number, outcome: Outcome): void {
    const operation = found(this.operations.get(number), `operation ${number}`);
    expect(operation.outcome, 'settled once').to.equal(undefined);
    operation.outcome = outcome;
    this.#checkReport(operation.order, outcome);
  }

  #checkReport(order: OperationOrder, { failure, report }: Outcome): void {
    if (order.kind !== 'reload' && order.kind !== 'recycle') {
      expect(report, 'a report').to.equal(undefined);
      return;
    }
    const { replaced = [], notReplaced = [], rolledBack = [] } = report ?? {};
    const names = [...replaced, ...notReplaced, ...rolledBack];
    expect(new Set(names).size, 'each slot stands in one list').to.equal(names.length);
    if (order.kind === 'recycle') return;

    const slots = this.reconciler.slots.filter(({ name }) => names.includes(name));
    for (const { name, edition } of slots) {
      // Another one may have begun, and ended, in the same moment, where there was nothing to do.
      if (replaced.includes(name)) expect(edition, 'replaced').to.be.at.least(order.edition);
      else expect(edition, 'not replaced').not.to.equal(order.edition);
    }
    if (failure === undefined) expect([...notReplaced, ...rolledBack]).to.deep.equal([]);
    for (const group of order.groups) {
      if (failure === undefined) expect(this.reconciler.edition(group)).to.be.at.least(order.edition);
      else expect(this.reconciler.edition(group)).not.to.equal(order.edition);
    }
  }

  #execute(action: Action): void {
    if (action.type === 'fork') this.#fork(action);
    if (action.type === 'wait') this.tickets.push(action.ticket);
    if (action.type !== 'forkLater') return;

    const { slot } = action;
    if (!this.#uses('replace')) this.timers.push(action);
    // Nobody can veto a replacement where a newcomer has filled the place meanwhile.
    else this.#take(this.reconciler.dropReplacement(slot));
  }

  #fork({ slot, generation, role }: Extract<Action, { type: 'fork' }>): void {
    const { interrupt } = this.mischief;
    this.mischief.interrupt = undefined;
    interrupt?.(slot);
    const process = this.#find(slot, generation);
    if (!this.#uses('fork')) {
      process.isForked = true;
      return;
    }

    this.processes.splice(this.processes.indexOf(process), 1);
    this.#take(role === 'worker' ? this.reconciler.dropReplacement(slot) : this.reconciler.vetoed(slot, generation));
  }

  #uses(mischief: 'fork' | 'replace'): boolean {
    const used = this.mischief[mischief];
    this.mischief[mischief] = false;
    return used;
  }

  #find(slot: Slot, generation: number): ModelProcess {
    const process = this.of(slot).find(each => each.generation === generation);
    return found(process, `process ${generation} of ${slot.name}`);
  }
}

/** A cluster at rest with `count` workers of the group `api`, which has told what there was to tell. */
export function upWith(count: number, ...options: ConstructorParameters<typeof ModelCluster>): ModelCluster {
  const cluster = new ModelCluster(...options);
  cluster.add({ group: 'api', count });
  cluster.settle();
  cluster.told();
  return cluster;
}

function found<T>(item: T | undefined, what: string): T {
  if (item === undefined) throw new Error(`there is no ${what}`);

  return item;
}

/** An action in one line; the edition is left out where there was never another one. */
function textOf(action: Action): string {
  switch (action.type) {
    case 'fork': {
      const { slot, generation, role, edition } = action;
      return `fork ${slot.name}#${generation} ${role}${edition === 0 ? '' : ` edition ${edition}`}`;
    }
    case 'promote':
      return `promote ${action.standby.name}#${action.standbyGeneration} to ${action.slot.name}#${action.generation}`;
    case 'forkLater':
      return `forkLater ${action.slot.name}#${action.generation} ${action.delay}`;
    case 'takeOver':
      return `takeOver ${action.slot.name}#${action.generation}`;
    case 'stop':
      return `stop ${action.slot.name}#${action.generation} ${action.cause}`;
    case 'wait':
      return `wait ${action.delay}`;
    case 'groupFailed':
      return `groupFailed ${action.group} ${action.exits.length}`;
    case 'free':
      return `free ${action.slot.name}`;
    case 'settled':
      return `settled ${action.operation} ${action.outcome.failure?.why ?? 'well'}`;
    default:
      return action satisfies never;
  }
}

function newProcess() {
  return { isForked: false, state: 'starting', wasReady: false, promoted: false } as const;
}
