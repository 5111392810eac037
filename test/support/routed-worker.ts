import { type ChildProcess, fork, type SendHandle } from 'node:child_process';
import { once } from 'node:events';
import type { RoutedListener } from '../../lib/primary/routed-connection.js';
import type { StickyRouter } from '../../lib/primary/sticky-router.js';
import { fixture } from './fixture.js';
import { withDeadline } from './with-deadline.js';

/** What a worker does with connections: serves them (`poor`: few at a time), keeps them and says nothing, or refuses them. */
export type RoutedMode = 'serve' | 'keep' | 'full' | 'poor';

interface Word {
  readonly connection?: number;
  readonly accepted?: boolean;
  readonly kept?: number;
}

let lastId = 0;

/** No more than 40 open files, sockets included. */
const poverty = { execPath: '/bin/sh', execArgv: ['-c', `ulimit -n 40; exec "${process.execPath}" "$@"`, 'sh'] };

/** A forked worker that takes the connections of a router, without any of the library between them. */
export class RoutedWorker implements RoutedListener {
  readonly id = ++lastId;
  readonly name: string;
  readonly process: ChildProcess;
  /** How many connections were sent to it. */
  handed = 0;
  /** How many words about connections it said. */
  answered = 0;
  /** How many did not reach it, since it has as many open files as it may. */
  missed = 0;
  /** How many it keeps without a word. */
  kept = 0;
  readonly #router: StickyRouter;

  /** Resolves when the worker is there and the router knows it. */
  static async start(router: StickyRouter, name: string, mode: RoutedMode = 'serve'): Promise<RoutedWorker> {
    const worker = new RoutedWorker(router, name, mode);
    await withDeadline(once(worker.process, 'message'), 10_000, 'word of the worker');
    worker.process.on('message', message => worker.#heard(message as Word));
    router.add(worker);
    return worker;
  }

  private constructor(router: StickyRouter, name: string, mode: RoutedMode) {
    this.name = name;
    this.#router = router;
    this.process = fork(fixture('routed'), [name, mode], mode === 'poor' ? poverty : {});
    this.process.on('internalMessage', ({ cmd }: { cmd?: string }) => {
      if (cmd === 'NODE_HANDLE_NACK') this.missed++;
    });
    this.process.on('error', () => {});
    this.process.on('disconnect', () => router.lose(this));
  }

  hand(connection: number, head: string | undefined, handle: SendHandle): Promise<void> {
    this.handed++;
    return new Promise((resolve, reject) => {
      this.process.send({ connection, head }, handle, {}, error => (error ? reject(error) : resolve()));
    });
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;

    const exit = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await withDeadline(exit, 5_000, 'exit of the worker');
  }

  #heard({ connection, accepted, kept }: Word): void {
    if (kept !== undefined) this.kept++;
    if (connection === undefined) return;

    this.answered++;
    this.#router.taken(this, connection, accepted === true);
  }
}
