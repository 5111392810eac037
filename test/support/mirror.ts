import type { SendHandle } from 'node:child_process';
import type { Channel } from '../../lib/channel/channel.js';

/** What a mirror sends back. */
export interface Reflection {
  readonly payload: unknown;
  readonly handled: boolean;
}

/** Makes the far end of a channel send back what it receives; on `'close'` it closes the channel. */
export function mirror(channel: Channel): void {
  channel.listen({
    received(payload, handle) {
      if (payload === 'close') channel.close();
      else channel.write({ payload, handled: release(handle) }, undefined, () => {});
    },
    closed() {},
  });
}

function release(handle: SendHandle | undefined): boolean {
  if (handle !== undefined && 'close' in handle) handle.close();
  return handle !== undefined;
}
