import type { WorkerHandle } from '../../lib/index.js';

/** What a process got by its channel, and for how long that kept the primary from everything else. */
export type Handled = readonly [payload: unknown, milliseconds: number];

/**
 * Measures what each message of a worker costs the primary: from when Node has parsed it until all is done that is done
 * because of it at once, microtasks included.
 *
 * What Node takes to read and parse it does not count, nor does what other processes take meanwhile: it is no more than the
 * processor time that this one has used.
 */
export class HandlingTime implements Disposable {
  readonly handled: Handled[] = [];
  readonly #undo: () => void;

  constructor({ process: child }: Pick<WorkerHandle, 'process'>) {
    const { emit } = child;
    child.emit = (name: string, ...rest: unknown[]) => {
      const measure = name === 'message' ? this.#measure(rest[0]) : undefined;
      const heard: boolean = Reflect.apply(emit, child, [name, ...rest]);
      if (measure) queueMicrotask(measure);
      return heard;
    };
    this.#undo = () => {
      child.emit = emit;
    };
  }

  [Symbol.dispose](): void {
    this.#undo();
  }

  #measure(payload: unknown): () => void {
    const [at, used] = [performance.now(), process.cpuUsage()];
    return () => {
      const { user, system } = process.cpuUsage(used);
      this.handled.push([payload, Math.min(performance.now() - at, (user + system) / 1_000)]);
    };
  }
}
