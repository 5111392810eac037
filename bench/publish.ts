/**
 * What does a publication cost? Against an eventemitter3 emit with one listener, in the same run.
 * Run: npm run build && node dist/bench/publish.js
 */
import { EventEmitter } from 'node:events';
import { EventEmitter as EventEmitter3 } from 'eventemitter3';
import { Subject } from 'rxjs';
import { Pubsub } from '../lib/pubsub/pubsub.js';

const rounds = 9;
const titleWidth = 54;
/** How long one candidate runs in one round, in milliseconds. */
const roundTime = 60;

interface Candidate {
  readonly title: string;
  /** Does it so many times. */
  readonly run: (times: number) => void;
}

const data = { table: 4 };
/** What every listener does, so that none can be optimized away. */
let served = 0;

class Kitchen extends Pubsub<{ dishServed: typeof data; dishOrdered: typeof data }> {
  static {
    Kitchen.define<{ dishServed: typeof data }>({ dishServed: {} });
  }

  serve(times: number): void {
    for (let i = 0; i < times; i++) this._publish('dishServed', data);
  }

  protected _eventDishServed(event: { readonly data: typeof data }): void {
    served += event.data.table;
  }
}

class Quiet extends Pubsub<{ dishServed: typeof data }> {
  serve(times: number): void {
    for (let i = 0; i < times; i++) this._publish('dishServed', data);
  }
}

const nobody = new Quiet();
const one = new Quiet();
one.on('dishServed', event => {
  served += event.data.table;
});
const all = new Kitchen();
listenAtAllStages(all);
const distributed = new Kitchen();
distributed.addDistributor(new Quiet());
listenAtAllStages(distributed);
const emitter3 = new EventEmitter3<{ dishServed: [typeof data] }>();
emitter3.on('dishServed', order => {
  served += order.table;
});
const emitter = new EventEmitter();
emitter.on('dishServed', (order: typeof data) => {
  served += order.table;
});
const subject = new Subject<typeof data>();
subject.subscribe(order => {
  served += order.table;
});

const candidates: readonly Candidate[] = [
  {
    title: 'eventemitter3 emit, one listener',
    run: times => {
      for (let i = 0; i < times; i++) emitter3.emit('dishServed', data);
    },
  },
  { title: 'phased-cluster, no subscribers', run: times => nobody.serve(times) },
  { title: 'phased-cluster, one subscriber', run: times => one.serve(times) },
  { title: 'phased-cluster, before + on + complete + after', run: times => all.serve(times) },
  {
    title: 'node:events emit, one listener',
    run: times => {
      for (let i = 0; i < times; i++) emitter.emit('dishServed', data);
    },
  },
  {
    title: 'RxJS Subject next, one observer',
    run: times => {
      for (let i = 0; i < times; i++) subject.next(data);
    },
  },
  ...(await isotropic()),
  { title: 'phased-cluster, the same with an idle distributor', run: times => distributed.serve(times) },
];

/** The package of the same idea; it asks for Node 22, and is left out where it does not load. */
async function isotropic(): Promise<Candidate[]> {
  try {
    // It has no types: the name in a variable keeps the compiler from looking for them.
    const name: string = 'isotropic-pubsub';
    const { default: make } = await import(name);
    const pubsub = make({ events: { dishServed: { allowPublicPublish: true, defaultFunction: listener } } });
    for (const stage of ['before', 'on', 'after']) pubsub[stage]('dishServed', listener);
    return [
      {
        title: 'isotropic-pubsub, before + on + complete + after',
        run: times => {
          for (let i = 0; i < times; i++) pubsub.publish('dishServed', data);
        },
      },
    ];
  } catch (error) {
    process.stderr.write(`isotropic-pubsub is left out: ${String(error)}\n`);
    return [];
  }
}

function listenAtAllStages(kitchen: Kitchen): void {
  kitchen.before('dishServed', event => {
    served += event.data.table;
  });
  kitchen.on('dishServed', event => {
    served += event.data.table;
  });
  kitchen.after('dishServed', event => {
    served += event.data.table;
  });
}

function listener(event: { readonly data: typeof data }): void {
  served += event.data.table;
}

/** Nanoseconds per time. */
function measure({ run }: Candidate, times: number): number {
  const start = process.hrtime.bigint();
  run(times);
  return Number(process.hrtime.bigint() - start) / times;
}

/** How many times fill a round. */
function calibrate(candidate: Candidate): number {
  let times = 1000;
  while (measure(candidate, times) * times < (roundTime * 1e6) / 2) times *= 2;
  return times;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN;
}

const work = candidates.map(candidate => ({ candidate, times: calibrate(candidate), costs: [] as number[] }));
for (let round = 0; round < rounds; round++) {
  for (const { candidate, times, costs } of work) {
    // Beyond 2^31, the sum would cost each listener an allocation.
    served = 0;
    costs.push(measure(candidate, times));
  }
}
const results = work.map(({ candidate, costs }) => ({ title: candidate.title, cost: median(costs) }));
const base = results[0]?.cost ?? Number.NaN;

process.stdout.write(
  `Node ${process.version}, median of ${rounds} interleaved rounds (${served > 0 ? 'served' : 'idle'})\n\n`,
);
process.stdout.write(`${'publish'.padEnd(titleWidth)}${'ns'.padStart(10)}${'x emit'.padStart(10)}\n`);
for (const { title, cost } of results) {
  process.stdout.write(
    `${title.padEnd(titleWidth)}${cost.toFixed(1).padStart(10)}${(cost / base).toFixed(2).padStart(10)}\n`,
  );
}
