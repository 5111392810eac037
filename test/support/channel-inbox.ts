import type { Channel } from '../../lib/channel/channel.js';
import { Deferred } from '../../lib/util/deferred.js';

/** Collects what comes out of a channel. */
export class ChannelInbox {
  readonly payloads: unknown[] = [];
  closings = 0;
  readonly #closed = new Deferred<void>();
  #waiting: { readonly count: number; readonly done: Deferred<void> } | undefined;

  constructor(channel: Channel) {
    channel.listen({
      received: payload => {
        this.payloads.push(payload);
        if (this.#waiting !== undefined && this.payloads.length >= this.#waiting.count) this.#waiting.done.resolve();
      },
      closed: () => {
        this.closings++;
        this.#closed.resolve();
      },
    });
  }

  /** Resolves when the channel is closed. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Resolves with the first `count` payloads. */
  async first(count: number): Promise<unknown[]> {
    if (this.payloads.length < count) {
      this.#waiting = { count, done: new Deferred() };
      await this.#waiting.done.promise;
    }
    return this.payloads.slice(0, count);
  }
}
