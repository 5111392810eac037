import type { SendHandle } from 'node:child_process';
import type { IncomingCall } from '../channel/incoming-call.js';
import type { ControlFrame } from '../protocol/frame.js';
import type { ListeningAddress } from '../protocol/serving.js';
import type { ExitRecord } from '../supervision/exit-record.js';
import type { ProcessBehindHandle, WorkerHandle } from './worker-handle.js';

/** Who is told of the turns in a process's life. */
export interface WorkerLife {
  /** A spare worker is initialized, and waits for a place. */
  standingBy(worker: ProcessBehindHandle): void;
  /** It was a spare worker that waited for a place, and does so no longer, though it got none. */
  standsDown(worker: ProcessBehindHandle): void;
  ready(worker: ProcessBehindHandle): void;
  /** It was ready and can no longer be given work. */
  left(worker: ProcessBehindHandle): void;
  exited(worker: ProcessBehindHandle, exit: ExitRecord): void;
}

/** Who is told of everything else a process says and does. */
export interface WorkerTalk {
  online(worker: WorkerHandle): void;
  listening(worker: WorkerHandle, address: ListeningAddress): void;
  status(worker: WorkerHandle, from: string, to: string): void;
  message(worker: WorkerHandle, body: unknown, handle: SendHandle | undefined): void;
  request(worker: WorkerHandle, request: IncomingCall): void;
  /** A frame of the library's own that is not about the process itself. */
  control(worker: WorkerHandle, frame: ControlFrame): void;
  /** Something about shared storage. */
  store(worker: WorkerHandle, id: number, body: unknown): void;
  /** An answer about shared storage could not be sent, or its question was too large. */
  storeFailed(worker: WorkerHandle, id: number, error: unknown): void;
  /** It was ready and can no longer be given work. */
  left(worker: WorkerHandle): void;
  violation(worker: WorkerHandle, reason: string): void;
  sendFailed(worker: WorkerHandle, error: unknown, message: unknown): void;
  /** Node's `error` event of the child process. */
  failed(worker: WorkerHandle, error: unknown): void;
  disconnected(worker: WorkerHandle): void;
  /** Its process is gone. */
  gone(worker: WorkerHandle): void;
  /** It gives no sign of life; returns whether it is to be killed. */
  hung(worker: WorkerHandle, stack: readonly string[] | undefined): boolean;
}
