import { mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Store } from '../../lib/index.js';
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
import { checkStorage } from '../support/storage-checker.js';
import { StorageObserver } from '../support/storage-observer.js';
import type { WorkStep } from '../support/storage-workload.js';

/** How many messages the storms of faults 15 and 16 are about. */
const messages = Number(process.env.STORM_MESSAGES ?? 100_000);
/** How many of them are on their way at the same time: what a worker loses that is killed. */
const atOnce = 64;
/** How many steps all workers do together in a mixed workload, and how often. */
const mixedSteps = Number(process.env.STORM_STEPS ?? 4_000);
const mixedRounds = Number(process.env.STORM_ROUNDS ?? 3);

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

interface SceneOptions {
  readonly keeper: Keeper;
  readonly random: Seeded;
  readonly workerCount: number;
  readonly every: readonly [number, number];
}

/** Plays a scene before a watch that sees everything, then checks what everybody did and saw, and what is there. */
async function play({ keeper, random, workerCount, every }: SceneOptions, scene: (scene: Scene) => Promise<unknown>) {
  const folder = directory();
  mkdirSync(folder, { recursive: true });
  const recorder = new HistoryRecorder(`${folder}/observer`, 'observer');
  try {
    await using archive = await openArchive({ folder, store: keeper(), workerCount });
    const observer = new StorageObserver(archive.storage, recorder);
    await observer.begin();
    const storm = new KillStorm(archive, { random: random.branch(), recorder, every });
    await scene({ archive, random, storm });
    await observer.end();
    const final = await finalStateOf(archive.storage);
    const history = historyIn(folder);

    expect(storm.kills).to.be.greaterThan(2);
    expect(checkStorage(history, final)).to.deep.equal([]);
    return { history, final };
  } finally {
    recorder.close();
  }
}

/** One write for each message, to 500 places, now and then a deletion. */
function* writes(random: Seeded): Generator<readonly WorkStep[]> {
  for (let number = 0; number < messages; number++) {
    const path = `entries.k${random.integer(0, 499)}`;
    yield [number % 20 === 19 ? { act: 'delete', path } : { act: 'set', path, value: `${number}` }];
  }
}

/** Increments, ten in a message, until there were so many. */
function* increments(archive: Archive, path: string, enough: number): Generator<readonly WorkStep[]> {
  const ten = Array.from({ length: 10 }, () => ({ act: 'increment', path, by: 1 }) as const);
  while (Number(archive.storage.peek(path) ?? 0) < enough) yield ten;
}

for (const [name, keep] of Object.entries(keepers)) {
  describe(`a storage in ${name}, as workers die`, () => {
    leavesNothingBehind();

    it('loses no acknowledged write of many, and makes nothing up (fault 15)', async function () {
      this.timeout(300_000);
      await seeded(async random => {
        const scene = { keeper: keep(), random, workerCount: 4, every: [200, 500] } as const;
        await play(scene, async ({ archive, storm }) => {
          const { done, lost } = await storm.during(dealOut(archive, writes(random), atOnce));

          expect(done + lost).to.equal(messages);
          expect(lost).to.be.at.most(storm.kills * atOnce);
        });
      });
    });

    it('neither when they are reloaded all the time, and reloads complete (fault 16)', async function () {
      this.timeout(300_000);
      await seeded(async random => {
        const scene = { keeper: keep(), random, workerCount: 4, every: [200, 500] } as const;
        await play(scene, async ({ archive, storm }) => {
          const dealing = storm.during(dealOut(archive, writes(random), atOnce));
          const reloads = await reloadDuring(archive, dealing);
          await dealing;

          expect(reloads).to.be.greaterThan(0);
        });
      });
    });

    it('counts what was acknowledged, and no more than was asked for (fault 17)', async function () {
      this.timeout(300_000);
      await seeded(async random => {
        const scene = { keeper: keep(), random, workerCount: 8, every: [30, 120] } as const;
        const { history, final } = await play(scene, ({ archive, storm }) => {
          return storm.during(dealOut(archive, increments(archive, 'visits', 10_000), 32));
        });

        const of = (type: string) => history.filter(event => event.op === 'increment' && event.type === type).length;
        expect(final.get('visits')?.value).to.be.within(of('ok'), of('invoke') - of('fail'));
      });
    });

    for (let round = 1; round <= mixedRounds; round++) {
      it(`does all that it can do, and is consistent, round ${round}`, async function () {
        this.timeout(300_000);
        await seeded(async random => {
          const scene = { keeper: keep(), random, workerCount: 4, every: [100, 300] } as const;
          await play(scene, ({ archive, storm }) => {
            return storm.during(new MixedWork(archive, { random: random.branch(), steps: mixedSteps }).run());
          });
        });
      });
    }
  });
}

/** Reloads all workers every three seconds until the work is done. @returns how often */
async function reloadDuring(archive: Archive, work: Promise<unknown>): Promise<number> {
  const over = new AbortController();
  const done = work.then(
    () => over.abort(),
    () => over.abort(),
  );
  let reloads = 0;
  while (!over.signal.aborted) {
    const { notReplaced } = await archive.reload({ stability: 0 });
    expect(notReplaced).to.deep.equal([]);
    reloads++;
    await setTimeout(3_000, undefined, { signal: over.signal }).catch(() => {});
  }
  await done;
  return reloads;
}
