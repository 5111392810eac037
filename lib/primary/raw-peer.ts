import type { SendHandle } from 'node:child_process';
import type { Channel } from '../channel/channel.js';
import type { PeerHooks, PeerSendOptions } from '../channel/peer-options.js';
import { UnserializableMessageError, WrongCallError } from '../errors/errors.js';
import { dispatchType } from '../protocol/dispatch.js';
import { defaultMaxDepth, findUnserializable } from '../protocol/json-safe.js';
import { Deferred } from '../util/deferred.js';

interface RawMessage {
  readonly body: unknown;
  readonly handle: SendHandle | undefined;
  readonly outcome: unknown;
  readonly sent: Deferred<unknown>;
}

/**
 * The conversation with a worker whose script does not use this library.
 *
 * It gets bare messages, as from Node's `worker.send`, and whatever it sends with `process.send` is a message.
 */
export class RawPeer {
  readonly pending = 0;
  readonly #channel: Channel;
  readonly #hooks: PeerHooks;
  readonly #held = new Set<RawMessage>();
  #corked = false;
  #closed: { readonly error: unknown } | undefined;

  constructor(channel: Channel, hooks: PeerHooks) {
    this.#channel = channel;
    this.#hooks = hooks;
    channel.listen({ received: (body, handle) => hooks.message(body, handle), closed: () => hooks.closed() });
  }

  send(body: unknown, options?: PeerSendOptions): Promise<void>;
  send<T>(body: unknown, options: PeerSendOptions, outcome: T): Promise<T>;
  send(body: unknown, { handle, signal }: PeerSendOptions = {}, outcome?: unknown): Promise<unknown> {
    const message = { body, handle, outcome, sent: new Deferred<unknown>().markHandled() };
    if (signal?.aborted) message.sent.reject(signal.reason);
    else if (this.#closed) this.#failed(message, this.#closed.error);
    else if (this.#corked) this.#hold(message, signal);
    else this.#write(message);
    return message.sent.promise;
  }

  /** Nobody on the other side could answer. */
  request(body: unknown): Promise<never> {
    const type = dispatchType(body);
    const message = `A worker that does not use this library answers no requests (\`readyOn\` is not 'hello')`;
    return Promise.reject(new WrongCallError(message, { type, use: 'send' }));
  }

  /** A raw worker understands no frames. */
  control(): Promise<void> {
    return Promise.resolve();
  }

  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
    for (const message of this.#held) this.#write(message);
    this.#held.clear();
  }

  close(error: unknown): void {
    this.#closed = { error };
    for (const message of this.#held) this.#failed(message, error);
    this.#held.clear();
  }

  #hold(message: RawMessage, signal: AbortSignal | undefined): void {
    this.#held.add(message);
    const abort = () => {
      if (this.#held.delete(message)) message.sent.reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    const tidy = () => signal?.removeEventListener('abort', abort);
    message.sent.promise.then(tidy, tidy);
  }

  #write(message: RawMessage): void {
    const { serialization } = this.#channel;
    const found = findUnserializable(message.body, { serialization, maxDepth: defaultMaxDepth });
    if (found) {
      const sentence = `The message holds ${found.found} at \`${found.path}\`, which \`${serialization}\` cannot carry`;
      this.#failed(message, new UnserializableMessageError(sentence, { ...found }));
      return;
    }
    this.#channel.write(message.body, message.handle, error => {
      if (error) this.#failed(message, error);
      else message.sent.resolve(message.outcome);
    });
  }

  #failed({ sent, body }: RawMessage, error: unknown): void {
    sent.reject(error);
    this.#hooks.sendFailed(error, body);
  }
}
