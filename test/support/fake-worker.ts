import type { SendHandle } from 'node:child_process';
import type { Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { type Frame, FrameKind, helloFrame, readyFrame, standbyFrame } from '../../lib/protocol/frame.js';
import { unpackFrames } from '../../lib/protocol/frame-run.js';

type Sent = (error: Error | null) => void;

/** A child process that is none: it writes down what it is told, and ends when the test says so. */
export class FakeProcess extends EventEmitter {
  pid: number | undefined;
  connected = true;
  /** The signals it was sent, in order. */
  readonly signals: (string | undefined)[] = [];
  /** What was written to its channel, in order. */
  readonly written: unknown[] = [];
  /** Called with whatever is written. */
  heard: (payload: unknown) => void = () => {};
  /** Resolves when the operating system has taken all that was written so far. */
  idle: Promise<unknown> = Promise.resolve();

  constructor(pid: number | undefined) {
    super();
    this.pid = pid;
  }

  send(payload: unknown, _handle: SendHandle | undefined, _options: unknown, sent: Sent): boolean {
    this.written.push(payload);
    this.heard(payload);
    this.idle = Promise.resolve().then(() => sent(null));
    return true;
  }

  kill(signal?: string): boolean {
    this.signals.push(signal);
    return true;
  }

  disconnect(): void {
    if (!this.connected) return;

    this.connected = false;
    this.emit('disconnect');
  }
}

/** Node's `Worker` without a process behind it. */
export class FakeWorker extends EventEmitter {
  readonly id: number;
  readonly process: FakeProcess;
  exitedAfterDisconnect = false;
  /** How often Node's own `disconnect` was called. */
  disconnects = 0;

  constructor(id = 1, pid: number | undefined = 1_000 + id) {
    super();
    this.id = id;
    this.process = new FakeProcess(pid);
  }

  /** As what the library takes it for: it has all that the library uses. */
  get node(): Worker {
    return this as unknown as Worker;
  }

  isConnected(): boolean {
    return this.process.connected;
  }

  disconnect(): void {
    this.disconnects++;
  }

  /** What the worker says, each frame as a batch of its own: the answers to several at once would be gathered. */
  says(...frames: readonly Frame[]): void {
    for (const frame of frames) this.process.emit('message', [frame]);
  }

  /** What a worker that does not use the library sends. */
  saysBare(message: unknown): void {
    this.process.emit('message', message);
  }

  /** Goes through the whole start of a worker that uses the library. */
  becomesReady(): void {
    this.emit('online');
    this.says(helloFrame(), readyFrame());
  }

  /** Goes through the whole start of a spare worker, and waits. */
  standsBy(): void {
    this.emit('online');
    this.says(helloFrame(), standbyFrame());
  }

  /** Ends as processes mostly do: the channel closes, then the operating system reports the exit. */
  exits(code: number | null, signal: string | null = null): void {
    this.process.disconnect();
    this.process.emit('exit', code, signal);
  }

  /** From now on it becomes ready by itself, and ends when it is asked to. */
  obeys(): void {
    const isStop = (payload: unknown) => (payload as readonly Frame[]).some(([kind]) => kind === FrameKind.stop);
    this.process.heard = payload => {
      if (isStop(payload)) queueMicrotask(() => this.exits(0));
    };
    queueMicrotask(() => this.becomesReady());
  }

  /** The frames that were written to it, batches opened. */
  get frames(): readonly Frame[] {
    return this.process.written.flatMap(payload => unpackFrames(payload as readonly Frame[]));
  }

  /** The messages and requests that were written to it. */
  get bodies(): readonly unknown[] {
    const { message, request } = FrameKind;
    return this.frames.flatMap(frame => (frame[0] === message || frame[0] === request ? [frame[2]] : []));
  }
}
