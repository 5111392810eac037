import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  ClusterPrimary,
  ClusterWorker,
  EventAccessError,
  type PhasedEvent,
  type PrimaryEvents,
  type WorkerEvents,
} from 'phased-cluster';
import { readEventTable } from './support/event-tables.js';

/** An object with a key for every event: the compiler refuses a missing one and one too many. */
type Every<E> = { readonly [Name in keyof E & string]: true };

const primaryEvents: Every<PrimaryEvents> = {
  initialize: true,
  initializeComplete: true,
  initializeError: true,
  destroy: true,
  destroyComplete: true,
  error: true,
  setup: true,
  fork: true,
  workerFork: true,
  workerOnline: true,
  workerListening: true,
  workerServerClose: true,
  stickyError: true,
  workerStandby: true,
  workerReady: true,
  addWorker: true,
  removeWorker: true,
  workerMessage: true,
  workerMessageUnhandled: true,
  workerRequest: true,
  workerRequestUnhandled: true,
  peerMessage: true,
  workerStatus: true,
  workerHung: true,
  workerError: true,
  workerDisconnect: true,
  workerExit: true,
  workerReplace: true,
  groupFailed: true,
  channelViolation: true,
  sendError: true,
  storageChange: true,
  storageExpire: true,
  scale: true,
  drain: true,
  resume: true,
  recycle: true,
  reload: true,
  reloadComplete: true,
  reloadError: true,
  shutDown: true,
  shutDownError: true,
  shutDownComplete: true,
};

const workerEvents: Every<WorkerEvents> = {
  initialize: true,
  initializeComplete: true,
  initializeError: true,
  destroy: true,
  destroyComplete: true,
  error: true,
  activate: true,
  serverListening: true,
  socketDrain: true,
  serverClose: true,
  primaryMessage: true,
  primaryMessageUnhandled: true,
  primaryRequest: true,
  primaryRequestUnhandled: true,
  peerMessage: true,
  peerMessageUnhandled: true,
  peerRequest: true,
  peerRequestUnhandled: true,
  primaryDisconnect: true,
  statusChange: true,
  shutDown: true,
  shutDownError: true,
  channelViolation: true,
  sendError: true,
};

/** What the test needs of both classes: to publish from outside, and to see the event before it does anything. */
interface Probe {
  attempt(name: string): boolean;
}

type Emitter = Pick<ClusterPrimary, 'subscribe'> & { _publish(name: string, data: object): unknown };

/** Publishes the event and tries to prevent it; returns whether it can be prevented. */
function canBePrevented(emitter: Emitter, name: string): boolean {
  let prevented = false;
  emitter.subscribe(
    'before',
    name as never,
    ((event: PhasedEvent) => {
      attempt(() => event.prevent());
      prevented = event.isPrevented();
      // So that as little as possible happens with data that is not there; some facts cannot be stopped either.
      if (!prevented) attempt(() => event.stopEvent());
    }) as never,
  );
  emitter._publish(name, {});
  return prevented;
}

function attempt(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    expect(error).to.be.instanceOf(EventAccessError);
  }
}

class ProbedPrimary extends ClusterPrimary implements Probe {
  attempt(name: string): boolean {
    return canBePrevented(this as never, name);
  }
}

class ProbedWorker extends ClusterWorker implements Probe {
  attempt(name: string): boolean {
    return canBePrevented(this as never, name);
  }
}

const sides = [
  { className: 'ClusterPrimary', defined: primaryEvents, probe: () => new ProbedPrimary({ initialize: false }) },
  { className: 'ClusterWorker', defined: workerEvents, probe: () => new ProbedWorker({ initialize: false }) },
] as const;

for (const { className, defined, probe } of sides) {
  describe(`docs/events.md about ${className}`, () => {
    const table = async () =>
      readEventTable(await readFile(new URL('../../docs/events.md', import.meta.url), 'utf8'), className);

    it('lists the events that the class defines, and no others', async () => {
      const names = (await table()).map(({ name }) => name);

      expect(names).to.have.members(Object.keys(defined));
    });

    it('says of each event whether it can be prevented', async () => {
      for (const { name, prevention } of await table()) {
        const subject: Probe = probe();

        expect(subject.attempt(name), name).to.equal(prevention !== undefined);
      }
    });
  });
}
