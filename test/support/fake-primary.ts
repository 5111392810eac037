import type { Frame } from '../../lib/protocol/frame.js';
import { unpackFrames } from '../../lib/protocol/frame-run.js';

const names = ['connected', 'send', 'disconnect', 'exit'] as const;

/**
 * Until it is disposed, this process seems to have a channel to a primary, and `process.exit()` does not end it.
 *
 * What listeners the code under test adds to `process` are taken off again, and the exit code it sets is forgotten.
 */
export class FakePrimary implements Disposable {
  /** What was written to the channel, in order. */
  readonly written: unknown[] = [];
  /** The codes `process.exit()` was called with. */
  readonly exits: unknown[] = [];
  readonly #exitCode = process.exitCode;
  readonly #own = names.map(name => [name, Object.getOwnPropertyDescriptor(process, name)] as const);
  readonly #listeners = new Map(process.eventNames().map(name => [name, process.listeners(name as 'exit')]));

  constructor() {
    const send = (payload: unknown, _handle: unknown, _options: unknown, sent: (error: null) => void) => {
      this.written.push(payload);
      queueMicrotask(() => sent(null));
      return true;
    };
    const values = {
      connected: true,
      send,
      disconnect: () => this.hangsUp(),
      exit: (code: unknown) => this.exits.push(code),
    };
    for (const [name, value] of Object.entries(values)) {
      Object.defineProperty(process, name, { value, configurable: true, writable: true });
    }
  }

  [Symbol.dispose](): void {
    for (const [name, descriptor] of this.#own) {
      if (descriptor) Object.defineProperty(process, name, descriptor);
      else Reflect.deleteProperty(process, name);
    }
    for (const { name, listener } of this.added) process.off(name, listener);
    process.exitCode = this.#exitCode;
  }

  /** The listeners that were added to `process` since. */
  get added(): readonly { readonly name: string; readonly listener: (...values: unknown[]) => void }[] {
    return process.eventNames().flatMap(name => {
      const before: readonly unknown[] = this.#listeners.get(name) ?? [];
      const listeners = process.listeners(name as 'exit') as ((...values: unknown[]) => void)[];
      return listeners.filter(each => !before.includes(each)).map(listener => ({ name: String(name), listener }));
    });
  }

  /** The frames that were written, batches opened. */
  get frames(): readonly Frame[] {
    return this.written.flatMap(payload => unpackFrames(payload as readonly Frame[]));
  }

  /** What the primary says, as one batch. */
  says(...frames: readonly Frame[]): void {
    this.tells('message', frames);
  }

  /** The channel closes. */
  hangsUp(): void {
    Object.defineProperty(process, 'connected', { value: false, configurable: true, writable: true });
    this.tells('disconnect');
  }

  /** Calls the listeners that were added for an event of `process`, and no others. */
  tells(event: string, ...values: unknown[]): void {
    for (const { name, listener } of this.added) if (name === event) listener(...values);
  }
}
