import type { SendHandle } from 'node:child_process';
import type { Channel, WriteDone } from '../../lib/channel/channel.js';
import { ChannelClosedError } from '../../lib/errors/errors.js';
import { unpackFrames } from '../../lib/protocol/frame-run.js';
import type { Serialization } from '../../lib/protocol/json-safe.js';

/** A write as its test sees it. */
export interface ScriptedWrite {
  readonly frames: readonly unknown[];
  readonly handle: SendHandle | undefined;
  readonly done: WriteDone;
}

/** A channel whose writes are done when the test says so. It encodes with JSON, so that it fails where JSON does. */
export class ScriptedChannel implements Channel {
  readonly name = 'worker 1';
  readonly writes: ScriptedWrite[] = [];
  serialization: Serialization = 'json';
  connected = true;

  /** What was written, without the batches. */
  get frames(): readonly unknown[] {
    return this.writes.flatMap(({ frames }) => frames);
  }

  /** How many frames each write carried. */
  get sizes(): readonly number[] {
    return this.writes.map(({ frames }) => frames.length);
  }

  write(payload: unknown, handle: SendHandle | undefined, done: WriteDone): boolean {
    if (!this.connected) {
      done(new ChannelClosedError('The channel to worker 1 is closed', { peer: this.name }));
      return false;
    }
    try {
      this.writes.push({ frames: unpackFrames(JSON.parse(JSON.stringify(payload))), handle, done });
      return true;
    } catch (error) {
      if (error instanceof Error) done(error);
      return false;
    }
  }

  /** The operating system took the write, or failed. */
  finish(index: number, error?: Error): void {
    this.writes[index]?.done(error);
  }

  listen(): void {}

  close(): void {
    this.connected = false;
  }
}
