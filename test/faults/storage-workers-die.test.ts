import { mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Store, WorkerHandle } from '../../lib/index.js';
import { LmdbStore } from '../../lib/lmdb.js';
import { HistoryRecorder } from '../support/history.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { scratch } from '../support/scratch.js';
import { type Seeded, seeded } from '../support/seeded.js';
import {
  type Archive,
  dealOut,
  finalStateOf,
  historyIn,
  KillStorm,
  MixedWork,
  openArchive,
} from '../support/storage-archive.js';
import { checkStorage, type FinalState } from '../support/storage-checker.js';
import { StorageObserver } from '../support/storage-observer.js';
import type { WorkStep } from '../support/storage-workload.js';

/** How many messages the storms of faults 15 and 16 are about, if the machine is fast enough; whatever it is, if told so. */
const { STORM_MESSAGES } = process.env;
const messages = Number(STORM_MESSAGES ?? 100_000);
/** Milliseconds after which fewer are enough, and how many then. */
const patience = STORM_MESSAGES === undefined ? 12_000 : Number.POSITIVE_INFINITY;
const fewMessages = Math.min(messages, 5_000);
/** How many of them are on their way at the same time: what a worker loses that is killed. */
const atOnce = 64;
/** How many steps all workers do together in a mixed workload, and how often. */
const mixedSteps = Number(process.env.STORM_STEPS ?? 3_000);
const mixedRounds = Number(process.env.STORM_ROUNDS ?? 3);

/** How many kills are too few for a storm. */
const fewKills = 4;

const directory = scratch();

/** What keeps the data; asked again, the same data, as after a restart. */
type Keeper = () => Store | undefined;

const keepers: Readonly<Record<string, () => Keeper>> = {
  memory: () => () => undefined,
  lmdb: () => {
    const path = directory();
    return () => new LmdbStore({ path });
  },
};

/** What takes place in a storm. */
interface Scene {
  readonly archive: Archive;
  readonly random: Seeded;
  readonly storm: KillStorm;
}

/** What a scene is played with. */
interface Setting {
  readonly keeper: Keeper;
  readonly random: Seeded;
  readonly workerCount: number;
  readonly every: readonly [number, number];
}

/** Plays a scene before a watch that sees everything, then checks what everybody did and saw, and what is there. */
async function play(setting: Setting, scene: (scene: Scene) => Promise<unknown>) {
  const folder = directory();
  mkdirSync(folder, { recursive: true });
  const recorder = new HistoryRecorder(`${folder}/observer`, 'observer');
  const { kills, final } = await perform(setting, { folder, recorder, scene }).finally(() => recorder.close());
  const history = historyIn(folder);

  expect(kills).to.be.greaterThan(fewKills);
  expect(checkStorage(history, final)).to.deep.equal([]);
  expect(await reopened(setting, folder, final)).to.deep.equal(final);
  return { history, final };
}

interface Stage {
  readonly folder: string;
  readonly recorder: HistoryRecorder;
  readonly scene: (scene: Scene) => Promise<unknown>;
}

async function perform({ keeper, random, workerCount, every }: Setting, { folder, recorder, scene }: Stage) {
  await using archive = await openArchive({ folder, store: keeper(), workerCount });
  const observer = new StorageObserver(archive.storage, recorder);
  await observer.begin();
  const storm = new KillStorm(archive, { random: random.branch(), recorder, every });
  await scene({ archive, random, storm });
  await observer.end();
  const final = await finalStateOf(archive.storage);
  return { kills: storm.kills, final };
}

/** What is there after a restart; the same, if a restart is the end of all. */
async function reopened({ keeper }: Setting, folder: string, final: FinalState): Promise<FinalState> {
  const store = keeper();
  if (store === undefined) return final;

  await using archive = await openArchive({ folder, store, workerCount: 0 });
  return await finalStateOf(archive.storage);
}

/** One write for each message, to 500 places, now and then a deletion; more if there were too few kills. */
function* writes({ random, storm }: Scene): Generator<readonly WorkStep[]> {
  const end = performance.now() + patience;
  const isEnough = (number: number) => number >= messages || (number >= fewMessages && performance.now() > end);
  for (let number = 0; !isEnough(number) || storm.kills <= fewKills; number++) {
    const path = `entries.k${random.integer(0, 499)}`;
    yield [number % 20 === 19 ? { act: 'delete', path } : { act: 'set', path, value: `${number}` }];
  }
}

/** Increments, ten in a message, for as long as there are too few, or too few kills. */
function* increments({ archive, storm }: Scene): Generator<readonly WorkStep[]> {
  const ten = Array.from({ length: 10 }, () => ({ act: 'increment', path: 'visits', by: 1 }) as const);
  while (Number(archive.storage.peek('visits') ?? 0) < 10_000 || storm.kills <= fewKills) yield ten;
}

/** One reload after the other. */
class Reloads {
  readonly #archive: Archive;
  /** The newest worker that a reload replaces. */
  #replaced = Number.POSITIVE_INFINITY;
  completed = 0;

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  /** Whether the worker may be one that a reload brings now: if that dies, the reload has failed, as it has to. */
  brings({ id }: WorkerHandle): boolean {
    return id > this.#replaced;
  }

  /** Every three seconds, until the work is done; none fails. */
  async during<T>(work: Promise<T>): Promise<T> {
    const over = new AbortController();
    const reloading = this.#reloadUntil(over.signal);
    reloading.catch(() => {});
    try {
      return await work;
    } finally {
      over.abort();
      await reloading;
    }
  }

  async #reloadUntil(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      this.#replaced = Math.max(...Object.keys(this.#archive.workerById).map(Number));
      const { notReplaced } = await this.#archive.reload({ stability: 100 });
      expect(notReplaced).to.deep.equal([]);
      this.#replaced = Number.POSITIVE_INFINITY;
      this.completed++;
      await setTimeout(3_000, undefined, { signal: over }).catch(() => {});
    }
  }
}

for (const [name, keep] of Object.entries(keepers)) {
  describe(`a storage in ${name}, as workers die`, () => {
    leavesNothingBehind();

    it('loses no acknowledged write of many, and makes nothing up (fault 15)', async function () {
      this.timeout(300_000);
      await seeded(async random => {
        const setting = { keeper: keep(), random, workerCount: 4, every: [200, 500] } as const;
        await play(setting, async cast => {
          const { archive, storm } = cast;
          const { done, lost } = await storm.during(dealOut(archive, writes(cast), atOnce));

          expect(done + lost).to.be.at.least(fewMessages);
          expect(lost).to.be.at.most(storm.kills * atOnce);
        });
      });
    });

    it('neither when they are reloaded all the time, and reloads complete (fault 16)', async function () {
      this.timeout(300_000);
      await seeded(async random => {
        const setting = { keeper: keep(), random, workerCount: 4, every: [200, 500] } as const;
        await play(setting, async cast => {
          const { archive, storm } = cast;
          const reloads = new Reloads(archive);
          const dealing = reloads.during(dealOut(archive, writes(cast), atOnce));
          await storm.during(dealing, worker => reloads.brings(worker));

          expect(reloads.completed).to.be.greaterThan(0);
        });
      });
    });

    it('counts what was acknowledged, and no more than was asked for (fault 17)', async function () {
      this.timeout(300_000);
      await seeded(async random => {
        const setting = { keeper: keep(), random, workerCount: 8, every: [60, 200] } as const;
        const { history, final } = await play(setting, cast => {
          return cast.storm.during(dealOut(cast.archive, increments(cast), 32));
        });

        const of = (type: string) => history.filter(event => event.op === 'increment' && event.type === type).length;
        expect(final.get('visits')?.value).to.be.within(of('ok'), of('invoke') - of('fail'));
      });
    });

    for (let round = 1; round <= mixedRounds; round++) {
      it(`does all that it can do, and is consistent, round ${round}`, async function () {
        this.timeout(300_000);
        await seeded(async random => {
          const setting = { keeper: keep(), random, workerCount: 4, every: [100, 300] } as const;
          await play(setting, ({ archive, storm }) => {
            const isEnough = (steps: number) => steps >= mixedSteps && storm.kills > fewKills;
            return storm.during(new MixedWork(archive, { random: random.branch(), isEnough }).run());
          });
        });
      });
    }
  });
}
