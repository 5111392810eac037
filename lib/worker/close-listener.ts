import { afterInput, type Clock, systemClock } from '../util/clock.js';
import { AcceptQueue, migratesRequests, sentResets } from './accept-queue.js';
import { stopListening } from './listening.js';
import type { AnyServer } from './server-drain.js';

/** How many turns of the event loop a moment is waited for in which no connection waits; Node accepts one in a turn. */
const patientTurns = 50;
/** How many more, when few are let in; more than Node's backlog has. */
const lastTurns = 1_000;
/** How long those may take, in milliseconds: then clients that found no place come back. */
const lastTime = 900;

/**
 * Closes the listening socket of a server that no other process has, and the server, which keeps its connections.
 *
 * What waits to be accepted when such a socket is closed, the operating system resets. So this is done at a moment in which
 * nothing waits; if none comes by itself, clients are kept from coming in for the few milliseconds that it takes to accept
 * what is there: they try again after a second, and find another worker. One may slip in between the look and the close.
 *
 * @returns how many connections the operating system has probably reset; 0 where it does not tell.
 */
export async function closeOwnListener(server: AnyServer, clock: Clock = systemClock): Promise<number> {
  const queue = migratesRequests() ? undefined : AcceptQueue.of(server);
  if (queue === undefined) return closeAndCount(server, sentResets());

  try {
    for (let left = patientTurns; left > 0 && queue.size; left--) await turn();
    if (server.listening) queue.admitFew();
    const end = clock.now() + lastTime;
    let left = lastTurns;
    const mustWait = () => Boolean(queue.size) && left-- > 0 && clock.now() < end;
    for (;;) {
      while (mustWait()) await turn();
      // This takes longer than a look at the queue, which is to be the last thing before the close.
      const before = sentResets();
      if (!mustWait()) return closeAndCount(server, before);
    }
  } finally {
    queue.close();
  }
}

function turn(): Promise<void> {
  return new Promise(afterInput);
}

function closeAndCount(server: AnyServer, before: number | undefined): number {
  stopListening(server);
  const after = sentResets();
  return before === undefined || after === undefined ? 0 : after - before;
}
