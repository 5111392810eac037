import type { SendHandle } from 'node:child_process';
import { ChannelClosedError } from '../errors/errors.js';
import type { Serialization } from '../protocol/json-safe.js';
import { afterInput } from '../util/clock.js';
import type { Channel, ChannelListener, WriteDone } from './channel.js';
import { Outstanding } from './outstanding.js';

/** What has an IPC channel: a forked `ChildProcess`, the `process` of a `Worker`, or, in a worker, the global `process`. */
export interface IpcEndpoint {
  readonly connected: boolean;
  send?(
    message: unknown,
    handle?: SendHandle,
    options?: { readonly keepOpen?: boolean },
    callback?: (error: Error | null) => void,
  ): boolean;
  disconnect?(): void;
  on(event: 'message', listener: (message: unknown, handle: SendHandle) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What the channel has to be told, since an endpoint does not know it. */
export interface IpcChannelOptions {
  /** What is at the other end, for errors: `worker 3`, `primary`. */
  readonly name: string;
  /** As the worker was forked. @default 'json' */
  readonly serialization?: Serialization | undefined;
}

/** A channel over Node's IPC. */
export class IpcChannel implements Channel {
  readonly name: string;
  readonly serialization: Serialization;
  readonly #endpoint: IpcEndpoint;
  readonly #outstanding = new Outstanding();
  #listener: ChannelListener | undefined;
  #closed = false;
  #ended = false;

  constructor(endpoint: IpcEndpoint, { name, serialization = 'json' }: IpcChannelOptions) {
    this.name = name;
    this.serialization = serialization;
    this.#endpoint = endpoint;
    this.#closed = !endpoint.connected;
    endpoint.on('disconnect', () => this.#end());
    // Failed writes reach their callbacks. What else is an error of the process (a failed spawn or kill) is its owner's to
    // hear; without any listener it would crash the sender.
    endpoint.on('error', () => {});
  }

  get connected(): boolean {
    return !this.#closed && this.#endpoint.connected;
  }

  write(payload: unknown, handle: SendHandle | undefined, done: WriteDone): boolean {
    if (!this.connected || this.#endpoint.send === undefined) {
      done(this.#closedError());
      return false;
    }
    const once = this.#outstanding.add(done);
    try {
      return this.#endpoint.send(payload, handle, undefined, error => {
        if (error === null || error === undefined) once(undefined);
        // Not at once: whoever tries again whenever it fails would keep Node from ever saying that the channel is closed.
        else afterInput(() => once(this.#closedError(error)));
      });
    } catch (error) {
      once(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }

  listen(listener: ChannelListener): void {
    if (this.#listener === undefined) {
      this.#endpoint.on('message', (payload, handle) => this.#listener?.received(payload, handle ?? undefined));
    }
    this.#listener = listener;
  }

  close(): void {
    if (!this.connected) return;

    this.#closed = true;
    this.#endpoint.disconnect?.();
    // Node says `disconnect` never if it was just reading a part of a message, and delivers nothing more either way.
    queueMicrotask(() => this.#end());
  }

  /** Node forgets the callbacks of writes that waited behind a handle, so that they are called here. */
  #end(): void {
    if (this.#ended) return;

    this.#ended = true;
    this.#closed = true;
    this.#outstanding.failAll(() => this.#closedError());
    this.#listener?.closed();
  }

  #closedError(cause?: Error): ChannelClosedError {
    const { name } = this;
    return new ChannelClosedError(`The channel to ${name} is closed`, { peer: name }, cause && { cause });
  }
}
