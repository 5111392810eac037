import type { SendHandle } from 'node:child_process';
import { ChannelClosedError } from '../errors/errors.js';
import type { Serialization } from '../protocol/json-safe.js';
import type { Channel, ChannelListener, WriteDone } from './channel.js';

/** How a pair of channels in memory behaves. */
export interface MemoryChannelOptions {
  /** What each end calls the other. @default ['worker', 'primary'] */
  readonly names?: readonly [string, string] | undefined;
  /** @default 'json' */
  readonly serialization?: Serialization | undefined;
}

/** Two ends of one channel inside this process, which encode as Node's IPC would and deliver a microtask later. */
export function memoryChannelPair({
  names: [first, second] = ['worker', 'primary'],
  serialization = 'json',
}: MemoryChannelOptions = {}): [MemoryChannel, MemoryChannel] {
  const left = new MemoryChannel(first, serialization);
  const right = new MemoryChannel(second, serialization);
  left.connect(right);
  right.connect(left);
  return [left, right];
}

interface Write {
  readonly encoded: unknown;
  readonly handle: SendHandle | undefined;
  readonly done: WriteDone;
}

/** One end of a channel in memory. `stall` and `resume` play a receiver that does not read. */
export class MemoryChannel implements Channel {
  readonly name: string;
  readonly serialization: Serialization;
  readonly #writes: Write[] = [];
  #peer: MemoryChannel | undefined;
  #listener: ChannelListener | undefined;
  #connected = false;
  #stalled = false;
  #scheduled = false;

  constructor(name: string, serialization: Serialization) {
    this.name = name;
    this.serialization = serialization;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** How many writes wait for the receiver. */
  get waiting(): number {
    return this.#writes.length;
  }

  /** Makes `peer` the receiver; `memoryChannelPair` does it both ways. */
  connect(peer: MemoryChannel): void {
    this.#peer = peer;
    this.#connected = true;
  }

  write(payload: unknown, handle: SendHandle | undefined, done: WriteDone): boolean {
    if (!this.#connected) {
      done(this.#closedError());
      return false;
    }
    try {
      this.#writes.push({ encoded: this.#encode(payload), handle, done });
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
    this.#schedule();
    return !this.#stalled;
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  /** Ends both ends. What was written before still arrives, unless the channel is stalled. */
  close(): void {
    const peer = this.#peer;
    if (!this.#connected || peer === undefined) return;

    this.#connected = false;
    peer.#connected = false;
    queueMicrotask(() => {
      for (const end of [this, peer]) end.#deliver();
      for (const end of [this, peer]) end.#end();
    });
  }

  /** What the other end delivers to this one. */
  receive(payload: unknown, handle: SendHandle | undefined): void {
    this.#listener?.received(payload, handle);
  }

  /** From now on the receiver does not read: what is written waits. */
  stall(): void {
    this.#stalled = true;
  }

  /** The receiver reads again. */
  resume(): void {
    this.#stalled = false;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;

    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (!this.#stalled) {
      const write = this.#writes.shift();
      if (write === undefined) return;

      this.#peer?.receive(this.#decode(write.encoded), write.handle);
      write.done(undefined);
    }
  }

  #end(): void {
    for (const { done } of this.#writes.splice(0)) done(this.#closedError());
    this.#listener?.closed();
  }

  #encode(payload: unknown): unknown {
    if (this.serialization === 'advanced') return structuredClone(payload);

    const text = JSON.stringify(payload);
    if (text === undefined) throw new TypeError('JSON cannot carry the payload');
    return text;
  }

  #decode(encoded: unknown): unknown {
    return this.serialization === 'json' ? JSON.parse(String(encoded)) : encoded;
  }

  #closedError(): ChannelClosedError {
    return new ChannelClosedError(`The channel to ${this.name} is closed`, { peer: this.name });
  }
}
