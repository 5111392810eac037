import { type HandingProcess, HandoffGuard } from './handoff-guard.js';

/**
 * Keeps a worker that speaks in Node's own name, or dies when it should, from harming the primary and its clients.
 *
 * Whatever a worker sends with a `cmd` that begins with `NODE_` goes past user code to Node's own listeners, which trust it:
 * a handle acknowledged that was never sent, or a server asked for at no address, is an exception in the primary. They
 * are told by the `internalMessage` event of the child process; an exception that comes out of that is caught here.
 *
 * @param refused told what was thrown.
 */
export function guardChannel(process: HandingProcess, refused: (error: unknown) => void): void {
  const { emit } = process;
  const handoffs = new HandoffGuard(process);
  process.emit = function guarded(event, ...values) {
    if (event !== 'internalMessage') return emit.call(this, event, ...values);

    try {
      values[0] = handoffs.heard(values[0]);
      return emit.call(this, event, ...values);
    } catch (error) {
      refused(error);
      return true;
    }
  };
}
