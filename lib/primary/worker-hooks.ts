import { dropHandle } from '../channel/intake.js';
import type { PeerHooks } from '../channel/peer-options.js';
import type { WorkerHandle } from './worker-handle.js';
import type { WorkerTalk } from './worker-observers.js';

/** Passes on what a worker says, but for what its owner takes care of itself. */
export function hooksFor(
  talk: WorkerTalk,
  worker: WorkerHandle,
  own: Pick<PeerHooks, 'message' | 'control'>,
): PeerHooks {
  return {
    ...own,
    // Nothing that a worker says to the library comes with a handle.
    control: (frame, handle) => {
      dropHandle(handle);
      own.control(frame);
    },
    request: request => talk.request(worker, request),
    violation: reason => talk.violation(worker, reason),
    sendFailed: (error, message) => talk.sendFailed(worker, error, message),
    store: (id, body) => talk.store(worker, id, body),
    storeFailed: (id, error) => talk.storeFailed(worker, id, error),
    closed: () => {},
  };
}
