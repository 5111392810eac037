import { Tally } from '../../lib/primary/statistics.js';
import { Sweep } from '../../lib/primary/sweep.js';
import type { WorkerHandle as Handle } from '../../lib/primary/worker-handle.js';
import { type HandleControl, WorkerHandle } from '../../lib/primary/worker-handle.js';
import type { WorkerTalk } from '../../lib/primary/worker-observers.js';
import { WorkerProcess } from '../../lib/primary/worker-process.js';
import type { WorkerProcessParts } from '../../lib/primary/worker-process-parts.js';
import type { ExitRecord } from '../../lib/supervision/exit-record.js';
import { defaultRestart } from '../../lib/supervision/restart-policy.js';
import { createSlot, type SlotState } from '../../lib/supervision/slot.js';
import { FakeClock } from './fake-clock.js';
import { FakeWorker } from './fake-worker.js';

/** What was told, in order: the name of the method and what it was told beside the worker. */
export type Told = [name: string, ...facts: unknown[]][];

/** A reply that no schema changes. */
export const asItIs = (_message: unknown, reply: Promise<unknown>): Promise<unknown> => reply;

/** A slot in which the first process runs. */
export function slotOf(name = 'cook', index = 0, role: 'worker' | 'standby' = 'worker'): SlotState {
  const identity = {
    group: 'default',
    index,
    name,
    role,
    restart: defaultRestart,
    ownSettings: false,
  } as const;
  return { ...createSlot(identity), generation: 1 };
}

/** Writes down what a process tells of itself. */
export function talkInto(told: Told): WorkerTalk {
  const note =
    (name: string) =>
    (_worker: Handle, ...facts: unknown[]) =>
      void told.push([name, ...facts]);
  return {
    online: note('online'),
    listening: note('listening'),
    status: note('status'),
    message: note('message'),
    request: note('request'),
    control: note('control'),
    store: note('store'),
    storeFailed: note('storeFailed'),
    left: note('left'),
    violation: note('violation'),
    sendFailed: note('sendFailed'),
    failed: note('failed'),
    disconnected: note('disconnected'),
    gone: note('gone'),
    hung: (_, stack) => told.push(['hung', stack]) > 0,
  };
}

/** A worker's process without a process, with everything that it tells. */
export function fakeProcess(parts: Partial<WorkerProcessParts> = {}, control?: HandleControl) {
  const fake = new FakeWorker(7);
  const clock = new FakeClock();
  const told: Told = [];
  const worker = new WorkerProcess({
    node: fake.node,
    slot: slotOf(),
    generation: 1,
    tally: new Tally(),
    readyOn: 'hello',
    serialization: 'json',
    limits: { readyTimeout: 1_000, drainTimeout: 100, killTimeout: 10, heartbeat: false },
    clock,
    sweep: new Sweep(clock),
    watchdog: undefined,
    checkedReply: asItIs,
    itemCheck: () => undefined,
    talk: talkInto(told),
    life: {
      standingBy: () => told.push(['standingBy']),
      standsDown: () => told.push(['standsDown']),
      ready: () => told.push(['ready']),
      left: () => told.push(['left']),
      exited: (_, exit: ExitRecord) => told.push(['exited', exit]),
    },
    handle: process =>
      new WorkerHandle(
        process,
        control ?? { retire: ({ exited }) => exited.promise, recycle: async ({ handle }) => handle },
      ),
    ...parts,
  });
  return { fake, clock, told, worker, names: () => told.map(([name]) => name) };
}

/** The same, ready, with nothing told yet. */
export function readyProcess(parts: Partial<WorkerProcessParts> = {}, control?: HandleControl) {
  const all = fakeProcess(parts, control);
  all.fake.becomesReady();
  all.told.length = 0;
  all.fake.process.written.length = 0;
  return all;
}
