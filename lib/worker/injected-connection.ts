import type { SendHandle } from 'node:child_process';
import type { AnyServer } from './server-drain.js';

/** Stands in until the branch with the real one is merged. */
export function injectConnection(server: AnyServer, handle: SendHandle, _head: string | undefined): boolean {
  return server.emit('connection', handle);
}
