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
  /** Whether something happened that it must not pass over. */
  isDoomed: boolean;
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
  /** The slots after the input before. */
  #known: ReadonlySet<Slot> = new Set();
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
    else must(this.dead.includes(process), 'only what is dead is told of twice');
    this.dead.push(process);
    if (at >= 0 && state !== 'stopping') this.#doom(process);
    const exit = exitOf({ wasReady, ...facts, ...(state === 'stopping' && { intent: 'destroyed' }) });
    const actions = this.reconciler.exited(slot, generation, exit);
    must(at >= 0 || actions.length === 0, 'an exit told twice changes nothing');
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
    if (!this.operations.has(operation)) {
      this.operations.set(operation, { order, outcome: undefined, isDoomed: false });
    }
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
    const all = new Set([...slots, ...standbys]);
    must(new Set([...all].map(({ name }) => name)).size === all.size, 'names are unique');
    for (const places of [slots, standbys]) {
      const numbers = places.map(({ group, index }) => `${group} ${index}`);
      must(new Set(numbers).size === numbers.length, 'numbers are unique');
    }
    for (const slot of all) this.#checkSlot(slot);
    for (const { slot } of this.processes) must(all.has(slot), 'every process has a slot');
    for (const name of new Set([...all].map(({ group }) => group))) this.#checkGroup(name);
  }

  /** At most two processes: the worker, or spare process, and one that comes or leaves. */
  #checkSlot(slot: Slot): void {
    const { name, group, generation, newcomer, leaver, desired, phase, retired, nextAt, history } = slot;
    const processes = this.of(slot);
    const isOther = ({ role }: ModelProcess) => role === 'newcomer' || role === 'leaver';
    const generationsOf = (some: readonly ModelProcess[]) => some.map(process => process.generation).join();
    const workers = generationsOf(processes.filter(process => !isOther(process)));
    must(workers === (isLive(slot) ? `${generation}` : ''), `the worker of ${name} is known, ${workers}`);
    must(newcomer === undefined || leaver === undefined, `${name} has no third process`);
    const others = generationsOf(processes.filter(isOther));
    must(others === `${(newcomer ?? leaver)?.generation ?? ''}`, `the others of ${name} are known, ${others}`);
    must(history.length <= 10, 'the history is short');
    must((nextAt !== undefined) === (phase === 'waiting'), 'only what waits is due');
    must(
      desired === 'down' || phase !== 'down' || this.reconciler.isClosed || this.reconciler.hasFailed(group),
      `something comes to ${name}`,
    );
    const isExpected = phase === 'waiting' || phase === 'queued';
    must(!isExpected || (desired === 'up' && !this.reconciler.hasFailed(group)), `nothing comes to ${name}`);
    must(!retired || processes.length > 0, `${name} is given up when it is empty`);
  }

  /**
   * Processes of a group, in slots that are not given up: one for each slot, the spare ones, and no more newcomers and
   * leavers than the operation in progress replaces at a time.
   */
  #checkGroup(name: string): void {
    const { standby = 0, startConcurrency = Number.POSITIVE_INFINITY } = this.settings.get(name) ?? {};
    const mine = this.processes.filter(({ slot }) => slot.group === name);
    const surplus = mine.filter(({ role, slot }) => (role === 'newcomer' || role === 'leaver') && !slot.retired);
    must(this.reconciler.isClosed || surplus.length <= this.#strideOf(name), `surge of ${surplus.length}`);
    const spare = this.reconciler.standbys.filter(({ group }) => group === name);
    must(spare.length <= standby, `${spare.length} spare processes`);
    const booting = mine.filter(process => isBooting(process));
    must(booting.length <= startConcurrency, `${booting.length} boots at the same time`);
    must(mine.length === 0 || this.reconciler.groupState(name) !== 'drained', 'nothing lives in a drained group');
  }

  /** How many slots of the group may have two processes. */
  #strideOf(group: string): number {
    const order = this.#inProgress(group)?.order;
    if (order?.kind === 'reload') return order.stride ?? 1;

    return order?.kind === 'recycle' ? 1 : 0;
  }

  /** The only operation that may have begun on the group. */
  #inProgress(group: string): ModelOperation | undefined {
    return [...this.operations.values()].find(({ order, outcome }) => {
      const groups: readonly string[] = order.groups;
      return outcome === undefined && groups.includes(group);
    });
  }

  #take(actions: readonly Action[]): void {
    for (const action of actions) {
      this.actions.push(action);
      this.#record(action);
      this.#queue.push(action);
    }
    this.#known = new Set(this.reconciler.slots);
    if (this.#isBusy) return;

    this.#isBusy = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#execute(next);
    this.#isBusy = false;
  }

  /** What an action means is checked when it is asked for; when it is executed, more may have been asked for. */
  #record(action: Action): void {
    must(!('slot' in action && this.freed.has(action.slot)), `no ${action.type} is about a slot given up`);
    switch (action.type) {
      case 'fork':
        this.#recordFork(action);
        break;
      case 'promote':
        this.#recordPromotion(action);
        break;
      case 'forkLater':
        must(!this.reconciler.isClosed, 'nothing is replaced after shutdown began');
        break;
      case 'takeOver':
        this.#recordTakeOver(action);
        break;
      case 'stop':
        this.#recordStop(action);
        break;
      case 'free':
        must(this.of(action.slot).length === 0, 'a slot is given up when it is empty');
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
    must(role === 'newcomer' || this.reconciler.groupState(slot.group) === 'running', 'only groups that run fork');
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
    must(process.state !== 'stopping', 'a process is stopped once');
    // Whatever is not replaced stays untouched.
    must(!(cause === 'reloaded' || cause === 'recycled') || process.role !== 'worker', 'a worker stays untouched');
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
    must(!this.reconciler.isClosed, 'nothing starts after shutdown began');
    must(generation > (this.#generations.get(slot) ?? 0), 'generations rise');
    must(!slot.retired, 'nothing starts in a slot that is given up');
    this.#generations.set(slot, generation);
  }

  #recordOutcome(number: number, outcome: Outcome): void {
    const operation = found(this.operations.get(number), `operation ${number}`);
    expect(operation.outcome, 'settled once').to.equal(undefined);
    operation.outcome = outcome;
    if (operation.isDoomed) expect(outcome.failure, 'a failure').not.to.equal(undefined);
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

    // A slot that was made since may have the name of one that is gone.
    const slots = this.reconciler.slots.filter(slot => this.#known.has(slot) && names.includes(slot.name));
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
    if (process.role === 'newcomer') this.#doom(process);
    this.#take(role === 'worker' ? this.reconciler.dropReplacement(slot) : this.reconciler.vetoed(slot, generation));
  }

  /** A process of an operation is gone that should not be: the one of its group that has begun must fail. */
  #doom({ slot, role, edition }: ModelProcess): void {
    const operation = this.#inProgress(slot.group);
    const { order } = operation ?? {};
    const isNew = role === 'newcomer' || (order?.kind === 'reload' && order.edition === edition && role === 'worker');
    if (operation && isNew) operation.isDoomed = true;
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

/** As an assertion of chai, which is too slow for the thousands of each run. */
function must(holds: boolean, what: string): void {
  if (!holds) expect.fail(what);
}

function isBooting({ state, promoted, role }: ModelProcess): boolean {
  return state === 'starting' && !promoted && role !== 'newcomer';
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
