import type { HistoryEvent } from './history.js';
import type { Seeded } from './seeded.js';
import { type Bug, Mischief, type ModelChange, ModelLocks } from './storage-checker-model.js';
import type { FinalState } from './storage-checker-operations.js';
import { ModelPrimary, type ModelRequest } from './storage-checker-primary.js';
import { ModelProcess, type Reply, type Strand, type Wait } from './storage-checker-process.js';
import { firstPath, lastPath, planWork } from './storage-workload.js';

export interface SimulationOptions {
  readonly random: Seeded;
  /** @default 4 */
  readonly workers?: number;
  /** Of each of the two strands of a worker. @default 40 */
  readonly steps?: number;
  /** Whether what a dead worker asked for may still be done much later. @default true */
  readonly zombies?: boolean;
  readonly bug?: Bug | undefined;
  /** At which of its chances the bug strikes. */
  readonly at?: number;
}

/** What a simulation leaves behind. */
export interface SimulationReport {
  readonly history: readonly HistoryEvent[];
  readonly final: FinalState;
  readonly mischief: Mischief;
}

/** A cluster on paper, whose time is made up: messages take as long as chance has it, and workers are killed now and then. */
export function simulate(options: SimulationOptions): SimulationReport {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: Required<Omit<SimulationOptions, 'bug' | 'at'>>;
  readonly #mischief: Mischief;
  readonly #primary: ModelPrimary;
  readonly #locks: ModelLocks<Strand>;
  readonly #history: HistoryEvent[] = [];
  readonly #queue: { readonly time: number; readonly run: () => void }[] = [];
  readonly #observer: ModelProcess;
  readonly #doubtful = new Set<string>();
  /** When each version was first known outside. */
  readonly #known = new Map<number, number>();
  #processes: ModelProcess[];
  #now = 0;
  /** When the request that is carried out was made. */
  #asked = 0;
  #lives = 0;

  constructor({ bug, at, ...options }: SimulationOptions) {
    this.#options = { workers: 4, steps: 40, zombies: true, ...options };
    this.#mischief = new Mischief(bug, at);
    this.#locks = new ModelLocks(this.#mischief);
    this.#primary = new ModelPrimary(this.#mischief, {
      isKnown: version => (this.#known.get(version) ?? Number.POSITIVE_INFINITY) < this.#asked,
      isDoubtful: path => this.#doubtful.has(path),
      committed: changes => this.#tell(changes),
    });
    this.#observer = this.#newProcess('observer');
    this.#processes = [this.#observer];
  }

  run(): SimulationReport {
    this.#start(this.#observer, [
      { act: 'set', path: firstPath, value: 'begin' },
      { act: 'watch', path: '' },
    ]);
    this.#drain();
    for (let worker = 1; worker <= this.#options.workers; worker++) this.#hire(this.#options.steps);
    this.#drain();
    this.#start(this.#observer, [{ act: 'set', path: lastPath, value: 'end' }]);
    this.#drain();
    this.#confirm();
    return { history: this.#history, final: this.#primary.data.final(), mischief: this.#mischief };
  }

  /** A token that was given twice is noticed only if both got it. */
  #confirm(): void {
    const { bug, hasEffect } = this.#mischief;
    if (bug !== 'gives a token twice' || !hasEffect) return;

    const locks = this.#history.filter(({ op, type }) => op === 'lock' && type === 'ok');
    this.#mischief.hasEffect = new Set(locks.map(({ token }) => token)).size < locks.length;
  }

  #drain(): void {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      this.#now = Math.max(this.#now, next.time);
      next.run();
    }
  }

  #after(delay: number, run: () => void): void {
    const time = this.#now + delay;
    let at = this.#queue.length;
    while (at > 0 && (this.#queue[at - 1]?.time ?? 0) > time) at--;
    this.#queue.splice(at, 0, { time, run });
  }

  #latency(): number {
    return this.#options.random.size(1_000, 1_000_000);
  }

  #newProcess(name: string): ModelProcess {
    return new ModelProcess(name, {
      data: () => this.#primary.data,
      mischief: this.#mischief,
      random: this.#options.random,
      note: event => this.#note(event),
    });
  }

  /** A worker with a certain number of steps ahead of it. */
  #hire(steps: number): void {
    const process = this.#newProcess(`w${++this.#lives}`);
    process.seen = this.#primary.data.version;
    this.#processes.push(process);
    const plan = planWork(this.#options.random, { process: process.name, steps: steps * 2 });
    this.#start(process, plan.slice(0, steps));
    this.#start(process, plan.slice(steps));
  }

  #start(process: ModelProcess, plan: ReturnType<typeof planWork>): void {
    const strand = process.strand(plan);
    this.#after(this.#latency(), () => this.#resume(strand, undefined));
  }

  #note(event: Omit<HistoryEvent, 'time'>): number {
    const time = ++this.#now;
    this.#history.push({ ...event, time });
    if (event.version !== undefined && event.type === 'ok' && !this.#known.has(event.version))
      this.#known.set(event.version, time);
    return time;
  }

  #resume(strand: Strand, reply: Reply): void {
    if (!strand.process.isAlive) return;

    const { value, done } = strand.program.next(reply);
    if (done) return;

    strand.open = 'delay' in value ? undefined : value;
    if (this.#misfortune(strand.process)) return;

    this.#serve(strand, value);
  }

  #serve(strand: Strand, wait: Wait): void {
    if ('delay' in wait) {
      this.#after(wait.delay, () => this.#resume(strand, undefined));
      return;
    }
    const asked = this.#now;
    const { process } = strand;
    process.lastArrival = Math.max(process.lastArrival, this.#now + this.#latency());
    this.#after(process.lastArrival - this.#now, () => this.#arrive(strand, wait, asked));
  }

  #arrive(strand: Strand, request: ModelRequest, asked: number): void {
    if (!strand.process.isAlive && !strand.process.isZombie) return;

    this.#asked = asked;
    if (request.op === 'lock') this.#lock(strand, request.path);
    else if (request.op === 'unlock') this.#unlock(strand, request.path);
    else this.#answer(strand, this.#primary.execute(request));
  }

  #lock(strand: Strand, name: string): void {
    if (!strand.process.isAlive) return;

    const owner = this.#locks.ownerOf(name);
    if (owner?.holds?.path === name && owner.process.isAlive && this.#mischief.strikes('gives a lock to two')) {
      this.#mischief.hasEffect = false;
      this.#answer(strand, { token: this.#locks.steal() }, () => {
        this.#mischief.hasEffect = owner.holds?.path === name;
      });
      return;
    }
    this.#locks.ask(name, strand, token => this.#answer(strand, { token }));
  }

  #unlock(strand: Strand, name: string): void {
    this.#locks.release(name, strand);
    this.#answer(strand, {});
  }

  #answer(strand: Strand, reply: Reply, before?: () => void): void {
    this.#deliver(strand.process, () => {
      before?.();
      strand.open = undefined;
      this.#resume(strand, reply);
    });
  }

  /** In the order of the calls, to each process. */
  #deliver(process: ModelProcess, run: () => void): void {
    process.lastDelivery = Math.max(process.lastDelivery, this.#now + this.#latency());
    this.#after(process.lastDelivery - this.#now, () => process.isAlive && run());
  }

  #tell(changes: readonly ModelChange[]): void {
    for (const process of this.#processes)
      if (process.isAlive) this.#deliver(process, () => process.learn(changes, process === this.#observer));
  }

  /** Now and then a worker is killed, or the primary, and all workers with it; not when a bug has to come to light. */
  #misfortune(process: ModelProcess): boolean {
    const { random, steps } = this.#options;
    if (process === this.#observer || this.#mischief.hasStruck) return false;
    if (random.chance(0.2 / steps)) this.#kill(process);
    else if (random.chance(0.02 / steps)) this.#killPrimary();
    return !process.isAlive;
  }

  #kill(process: ModelProcess): void {
    const { random, zombies } = this.#options;
    this.#note({ process: process.name, index: -1, type: 'ok', op: 'death' });
    process.isAlive = false;
    process.isZombie = zombies && random.chance(0.5);
    for (const { open } of process.strands) this.#doubt(open);
    this.#after(this.#latency(), () => this.#locks.forget(each => each.process === process));
    this.#after(this.#latency(), () => this.#hire(Math.floor(this.#options.steps / 2)));
  }

  #doubt(request: ModelRequest | undefined): void {
    for (const { type, path } of [...(request?.steps ?? []), { type: request?.op, path: request?.path ?? '' }])
      if (type === 'increment') this.#doubtful.add(path);
  }

  /** Nobody is answered any more, and all locks are lost. */
  #killPrimary(): void {
    const victims = this.#processes.filter(each => each !== this.#observer && each.isAlive);
    for (const process of victims) {
      process.lose();
      process.isAlive = false;
      for (const { open } of process.strands) this.#doubt(open);
    }
    this.#locks.forget(() => true);
    this.#processes = [this.#observer];
    for (const _ of victims) this.#after(this.#latency(), () => this.#hire(Math.floor(this.#options.steps / 2)));
  }
}
