import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { MemoryStore } from '../../lib/storage/memory-store.js';
import { pathOf } from '../../lib/storage/storage-path.js';
import type { StoredChange, StoreLimits, Write } from '../../lib/storage/store.js';
import { attempt } from '../../lib/util/attempt.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Action, arbitraryActions } from './arbitrary-writes.js';
import { roomy } from './opened-store.js';
import { storeContract } from './store-contract.js';
import { pictureOf, StoreModel } from './store-model.js';

storeContract('MemoryStore', () => ({ store: new MemoryStore() }));

/** A store and its model, to which the same happens. */
class Both {
  readonly #clock = new FakeClock(1_000);
  readonly #store = new MemoryStore();
  readonly #model: StoreModel;
  readonly #told: StoredChange[] = [];

  constructor(limits: Partial<StoreLimits>) {
    const both = { ...roomy, ...limits };
    this.#model = new StoreModel(both);
    this.#store.open({ clock: this.#clock, limits: both, committed: changes => this.#told.push(...changes) });
  }

  act(action: Action): void {
    if (action.type === 'wait') this.#clock.advance(action.ms);
    else if (action.type === 'look') this.compare();
    else this.#commit(action.writes);
  }

  #commit(writes: readonly Write[]): void {
    const results = attempt(() => this.#store.commit(writes).results, undefined);
    expect(results).to.deep.equal(this.#model.commit(writes, this.#clock.date()));
  }

  compare(): void {
    this.#model.expire(this.#clock.date());
    const picture = pictureOf(this.#store.snapshot(), path => this.#store.entry(pathOf(path))?.version ?? 0);
    expect(picture).to.deep.equal(this.#model.picture());
    expect(this.#told.map(({ weight, path, ...rest }) => ({ ...rest, path: path.text }))).to.deep.equal(
      this.#model.changes,
    );
  }
}

describe('MemoryStore', () => {
  it('does what a store does that copies everything', () => {
    const limits = fc.constantFrom<Partial<StoreLimits>>({}, { maxKeys: 12 }, { maxBytes: 200 });
    fc.assert(
      fc.property(arbitraryActions, limits, (actions, some) => {
        const both = new Both(some);
        for (const action of actions) both.act(action);
        both.compare();
      }),
      { numRuns: 1_000 },
    );
  });
});
