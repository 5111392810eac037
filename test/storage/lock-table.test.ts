import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { BackpressureError, InvalidOptionError } from '../../lib/errors/errors.js';
import { type LockRequest, LockTable, type LockTableOptions } from '../../lib/storage/lock-table.js';
import { Deferred } from '../../lib/util/deferred.js';
import { FakeClock } from '../support/fake-clock.js';
import { settled } from '../support/settled.js';

type Event = readonly [what: 'granted' | 'failed' | 'lost', who: string, token?: unknown];

/** A table whose owners are letters, and all that it tells them. */
class Trial {
  readonly clock = new FakeClock(1_000);
  readonly events: Event[] = [];
  readonly table: LockTable<string>;
  #token = 0;

  constructor(options: Partial<LockTableOptions<string>> = {}) {
    this.table = new LockTable<string>({
      clock: this.clock,
      nextToken: () => ++this.#token,
      lost: (owner, id) => this.events.push(['lost', `${owner}${id}`]),
      nameOf: owner => `worker ${owner}`,
      ...options,
    });
  }

  acquire(who: string, request: Partial<LockRequest<string>> = {}): void {
    const { owner, id } = named(who);
    this.table.acquire(
      { name: 'door', owner, id, ttl: Number.POSITIVE_INFINITY, ...request },
      {
        granted: token => this.events.push(['granted', who, token]),
        failed: error => this.events.push(['failed', who, error]),
      },
    );
  }

  release(who: string): boolean {
    const { owner, id } = named(who);
    return this.table.release(owner, id);
  }

  renew(who: string, ttl: number): boolean {
    const { owner, id } = named(who);
    return this.table.renew(owner, id, ttl);
  }
}

/** `a1` is request 1 of owner a. */
function named(who: string): { owner: string; id: number } {
  return { owner: who.charAt(0), id: Number(who.slice(1)) };
}

describe('LockTable', () => {
  it('grants a free lock at once', () => {
    const trial = new Trial();

    trial.acquire('a1');

    expect(trial.events).to.deep.equal([['granted', 'a1', 1]]);
  });

  it('gives a lock to one after another, in the order of the requests', () => {
    const trial = new Trial();
    for (const who of ['a1', 'b1', 'a2', 'c1']) trial.acquire(who);
    expect(trial.events).to.have.lengthOf(1);

    for (const who of ['a1', 'b1', 'a2']) expect(trial.release(who)).to.equal(true);

    expect(trial.events).to.deep.equal([
      ['granted', 'a1', 1],
      ['granted', 'b1', 2],
      ['granted', 'a2', 3],
      ['granted', 'c1', 4],
    ]);
  });

  it('keeps locks of different names apart', () => {
    const trial = new Trial();

    trial.acquire('a1', { name: 'door' });
    trial.acquire('b1', { name: 'window' });

    expect(trial.events.map(([, who]) => who)).to.deep.equal(['a1', 'b1']);
    expect(trial.table.size).to.equal(2);
  });

  it('forgets a lock that nobody holds or waits for', () => {
    const trial = new Trial();
    for (const who of ['a1', 'b1']) trial.acquire(who, { ttl: 10 });

    trial.release('b1');
    trial.release('a1');

    expect([trial.table.size, trial.clock.pending]).to.deep.equal([0, 0]);
  });

  it('tells how long a request has waited', () => {
    const { table, clock } = new Trial();
    const waited: number[] = [];
    const outcome = { granted: (_: number, time: number) => waited.push(time), failed: () => {} };
    for (const id of [1, 2]) table.acquire({ name: 'door', owner: 'a', id, ttl: 50 }, outcome);

    clock.advance(30);
    table.release('a', 1);

    expect(waited).to.deep.equal([0, 30]);
  });

  describe('#acquire', () => {
    it('refuses what is no request', () => {
      const trial = new Trial();
      trial.acquire('a1');
      const wrong = [
        { name: '' },
        { name: 'x'.repeat(257) },
        { name: 5 as never },
        { ttl: 0 },
        { ttl: Number.NaN },
        { ttl: '5' as never },
      ];

      for (const request of wrong)
        expect(() => trial.acquire('a2', request), JSON.stringify(request)).to.throw(InvalidOptionError);
      expect(() => trial.acquire('a1', { name: 'window' })).to.throw(
        InvalidOptionError,
        'Expected `id` to be an id that is not in use',
      );
      expect(trial.table.size).to.equal(1);
    });

    it('takes names of 256 characters, whatever they are', () => {
      const trial = new Trial();

      for (const [index, name] of ['x'.repeat(256), '__proto__', 'constructor', ' '].entries())
        trial.acquire(`a${index}`, { name });

      expect(trial.events).to.have.lengthOf(4);
    });

    it('refuses more requests of one owner than it may have', () => {
      const trial = new Trial({ maxRequests: 2 });
      for (const who of ['a1', 'a2', 'b1']) trial.acquire(who);

      expect(() => trial.acquire('a3'))
        .to.throw(BackpressureError, 'worker a holds and waits for 2 locks, which is the limit')
        .with.deep.property('details', { peer: 'worker a', limit: 'maxRequests' });
      trial.release('a2');
      trial.acquire('a3');
    });

    it('gives each owner room for 10,000 requests', () => {
      const trial = new Trial();
      for (let id = 0; id < 10_000; id++) trial.acquire(`a${id}`);

      expect(() => trial.acquire('a10000')).to.throw(BackpressureError);
    });
  });

  describe('#release', () => {
    it('gives up waiting', () => {
      const trial = new Trial();
      for (const who of ['a1', 'b1', 'c1']) trial.acquire(who);

      trial.release('b1');
      trial.release('a1');

      expect(trial.events.map(([, who]) => who)).to.deep.equal(['a1', 'c1']);
    });

    it('does nothing the second time, or for the request of somebody else', () => {
      const trial = new Trial();
      for (const who of ['a1', 'b1', 'c1']) trial.acquire(who);

      expect([trial.release('c2'), trial.release('a1'), trial.release('a1'), trial.release('x1')]).to.deep.equal([
        ...[false, true, false, false],
      ]);
      expect(trial.events.map(([, who]) => who)).to.deep.equal(['a1', 'b1']);
    });

    it('may be called by whoever is granted the lock just now, however many they are', () => {
      const { table, clock } = new Trial();
      const order: number[] = [];
      const granted = (id: number) => {
        order.push(id);
        if (id > 0) table.release('a', id);
      };
      for (let id = 0; id < 9_000; id++) {
        table.acquire({ name: 'door', owner: 'a', id, ttl: 5 }, { granted: () => granted(id), failed: () => {} });
      }

      table.release('a', 0);

      expect(order).to.deep.equal(Array.from({ length: 9_000 }, (_, id) => id));
      expect([table.size, clock.pending]).to.deep.equal([0, 0]);
    });
  });

  describe('#gone', () => {
    it('frees what the owner holds, and what it waits for', () => {
      const trial = new Trial();
      trial.acquire('a1', { name: 'door' });
      trial.acquire('a2', { name: 'window', ttl: 10 });
      for (const who of ['a3', 'b1']) trial.acquire(who, { name: 'door' });
      for (const who of ['a4', 'b2']) trial.acquire(who, { name: 'window' });

      trial.table.gone('a');

      expect(trial.events.slice(2)).to.deep.equal([
        ['granted', 'b1', 3],
        ['granted', 'b2', 4],
      ]);
      expect(trial.clock.pending).to.equal(0);
    });

    it('leaves a lock alone that has the name of one that it has freed', () => {
      const trial = new Trial();
      const askForDoor = () => trial.acquire('b2', { name: 'door' });
      for (const [id, name] of ['door', 'window', 'door'].entries()) trial.acquire(`a${id}`, { name });
      trial.table.acquire({ name: 'window', owner: 'b', id: 1, ttl: 5 }, { granted: askForDoor, failed: () => {} });

      trial.table.gone('a');
      trial.acquire('c1', { name: 'door' });

      expect(trial.events.slice(2)).to.deep.equal([['granted', 'b2', 4]]);
    });

    it('does nothing for one that has nothing', () => {
      const trial = new Trial();
      trial.acquire('a1');

      trial.table.gone('b');

      expect(trial.table.size).to.equal(1);
    });
  });

  describe('with a ttl', () => {
    it('takes a lock away when its time is over, and tells so before it goes to the next', () => {
      const trial = new Trial();
      trial.acquire('a1', { ttl: 50 });
      trial.acquire('b1');

      trial.clock.advance(49);
      expect(trial.events).to.have.lengthOf(1);
      trial.clock.advance(1);

      expect(trial.events.slice(1)).to.deep.equal([
        ['lost', 'a1'],
        ['granted', 'b1', 2],
      ]);
      expect(trial.release('a1')).to.equal(false);
    });

    it('counts from when it is granted, not from when it was asked for', () => {
      const trial = new Trial();
      trial.acquire('a1');
      trial.acquire('b1', { ttl: 50 });
      trial.clock.advance(500);

      trial.release('a1');
      trial.clock.advance(49);

      expect(trial.events.map(([what]) => what)).to.deep.equal(['granted', 'granted']);
    });

    it('keeps no timer of a lock that was released', () => {
      const trial = new Trial();
      trial.acquire('a1', { ttl: 50 });
      expect(trial.clock.pending).to.equal(1);

      trial.release('a1');

      expect(trial.clock.pending).to.equal(0);
    });

    it('waits on when its timer is early', () => {
      const clock = new FakeClock();

      const trial = new Trial({ clock: shifted(clock, -1) });
      trial.acquire('a1', { ttl: 50 });

      clock.advance(49);
      expect(trial.events).to.have.lengthOf(1);
      clock.advance(1);

      expect(trial.events[1]).to.deep.equal(['lost', 'a1']);
    });
  });

  describe('#renew', () => {
    it('begins the time anew, and may make it shorter', () => {
      const trial = new Trial();
      trial.acquire('a1', { ttl: 50 });

      trial.clock.advance(40);
      expect(trial.renew('a1', 50)).to.equal(true);
      trial.clock.advance(40);
      expect(trial.renew('a1', 5)).to.equal(true);
      expect(trial.events).to.have.lengthOf(1);
      trial.clock.advance(5);

      expect(trial.events[1]).to.deep.equal(['lost', 'a1']);
    });

    it('may take the limit away, or set one', () => {
      const trial = new Trial();
      trial.acquire('a1', { ttl: 50 });

      trial.renew('a1', Number.POSITIVE_INFINITY);
      trial.clock.advance(10_000);
      expect(trial.clock.pending).to.equal(0);
      trial.renew('a1', 10);
      trial.clock.advance(10);

      expect(trial.events[1]).to.deep.equal(['lost', 'a1']);
    });

    it('says so if the lock is not held, not yet held, or lost', () => {
      const trial = new Trial();
      trial.acquire('a1', { ttl: 50 });
      trial.acquire('b1');
      trial.clock.advance(50);
      trial.acquire('c1');

      expect([trial.renew('a1', 50), trial.renew('c1', 50), trial.renew('x1', 50)]).to.deep.equal([
        false,
        false,
        false,
      ]);
    });

    it('comes too late when the time is over, though the timer is later still', () => {
      const clock = new FakeClock();
      const trial = new Trial({ clock: shifted(clock, 1_000) });
      trial.acquire('a1', { ttl: 50 });
      trial.acquire('b1');
      clock.advance(50);
      expect(trial.events).to.have.lengthOf(1);

      expect(trial.renew('a1', 50)).to.equal(false);

      expect(trial.events.slice(1).map(([what, who]) => [what, who])).to.deep.equal([
        ['lost', 'a1'],
        ['granted', 'b1'],
      ]);
    });

    it('refuses a time that is none', () => {
      const trial = new Trial();
      trial.acquire('a1');

      for (const ttl of [0, -1, Number.NaN, '5' as never])
        expect(() => trial.renew('a1', ttl)).to.throw(InvalidOptionError);
    });
  });

  describe('with tokens that take their time', () => {
    class Drawing extends Trial {
      readonly drawn: Deferred<number>[];

      constructor() {
        const drawn: Deferred<number>[] = [];
        super({
          nextToken: () => {
            const token = new Deferred<number>();
            drawn.push(token);
            return token.promise;
          },
        });
        this.drawn = drawn;
      }

      async bring(index: number): Promise<void> {
        this.drawn[index]?.resolve(index + 1);
        await settled();
      }
    }

    it('grants nothing before', async () => {
      const trial = new Drawing();
      trial.acquire('a1', { ttl: 50 });
      trial.acquire('b1');
      await settled();
      expect([trial.events, trial.clock.pending, trial.drawn.length]).to.deep.equal([[], 0, 1]);
      expect(trial.renew('a1', 50)).to.equal(false);

      await trial.bring(0);

      expect(trial.events).to.deep.equal([['granted', 'a1', 1]]);
      expect(trial.clock.pending).to.equal(1);
    });

    it('gives the lock to the next, with a newer token, if it is given up meanwhile', async () => {
      const trial = new Drawing();
      for (const who of ['a1', 'b1', 'c1']) trial.acquire(who);

      trial.release('a1');
      trial.table.gone('b');
      await trial.bring(0);
      await trial.bring(1);
      await trial.bring(2);

      expect(trial.events).to.deep.equal([['granted', 'c1', 3]]);
    });

    it('ignores an old one that comes late', async () => {
      const trial = new Drawing();
      for (const who of ['a1', 'b1']) trial.acquire(who);
      trial.release('a1');

      await trial.bring(1);
      await trial.bring(0);
      trial.drawn[0]?.reject(new Error('late'));
      await settled();

      expect(trial.events).to.deep.equal([['granted', 'b1', 2]]);
    });

    it('ignores the failure of one that nobody waits for', async () => {
      const trial = new Drawing();
      for (const who of ['a1', 'b1']) trial.acquire(who);
      trial.release('a1');

      trial.drawn[0]?.reject(new Error('late'));
      await trial.bring(1);

      expect(trial.events).to.deep.equal([['granted', 'b1', 2]]);
    });

    it('fails who cannot have one, and asks for the next', async () => {
      const trial = new Drawing();
      for (const who of ['a1', 'b1']) trial.acquire(who);
      const error = new Error('the disk is full');

      trial.drawn[0]?.reject(error);
      await settled();
      await trial.bring(1);

      expect(trial.events).to.deep.equal([
        ['failed', 'a1', error],
        ['granted', 'b1', 2],
      ]);
    });
  });

  it('fails everybody, and is tidy, if no token can be had', () => {
    const error = new Error('closed');
    const trial = new Trial({
      nextToken: () => {
        throw error;
      },
    });

    for (const who of ['a1', 'b1']) trial.acquire(who, { ttl: 5 });

    expect(trial.events).to.deep.equal([
      ['failed', 'a1', error],
      ['failed', 'b1', error],
    ]);
    expect([trial.table.size, trial.clock.pending]).to.deep.equal([0, 0]);
  });

  it('has one holder at most, in turn and in time, whoever gives up, dies or waits for a token', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), fc.boolean(), async (commands, isSync) => {
        const umpire = new Umpire(isSync);
        for (const each of commands) await umpire.carryOut(each);
        await umpire.end();
      }),
      { numRuns: 400 },
    );
  });
});

const who = { owner: fc.constantFrom('a', 'b', 'c'), id: fc.nat(3) };
const ttl = fc.constantFrom(1, 3, 10, Number.POSITIVE_INFINITY);
const command = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('acquire' as const), ...who, name: fc.constantFrom('x', 'y'), ttl }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('release' as const), ...who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('renew' as const), ...who, ttl }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('gone' as const), owner: who.owner }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), time: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('draw' as const), fails: fc.boolean(), which: fc.nat(2) }) },
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

interface Asked {
  readonly name: string;
  readonly key: string;
  readonly ttl: number;
  deadline: number | undefined;
}

/** Plays with a table, and knows the rules, though not how a table keeps them. */
class Umpire {
  readonly #clock = new FakeClock();
  readonly #table: LockTable<string>;
  /** In the order of the requests; those that are over are gone. */
  readonly #asked = new Map<string, Asked>();
  readonly #draws: { readonly token: number; readonly deferred: Deferred<number> }[] = [];
  readonly #lastToken = new Map<string, number>();
  #token = 0;

  constructor(isSync: boolean) {
    this.#table = new LockTable<string>({
      clock: this.#clock,
      nextToken: () => (isSync ? ++this.#token : this.#draw()),
      lost: (owner, id) => this.#lost(`${owner}${id}`),
      nameOf: owner => owner,
    });
  }

  async carryOut(command: Command): Promise<void> {
    this.#do(command);
    await settled();
    for (const { deadline } of this.#asked.values()) expect(deadline ?? 1e9).to.be.above(this.#clock.now());
    for (const name of ['x', 'y']) this.#checkThatNobodyIsForgotten(name);
  }

  async end(): Promise<void> {
    for (const owner of ['a', 'b', 'c'] as const) await this.carryOut({ do: 'gone', owner });
    for (const { token, deferred } of this.#draws) deferred.resolve(token);
    await settled();
    expect([this.#asked.size, this.#table.size, this.#clock.pending]).to.deep.equal([0, 0, 0]);
  }

  #do(command: Command): void {
    if (command.do === 'acquire') this.#acquire(command);
    else if (command.do === 'release') this.#release(command.owner, command.id);
    else if (command.do === 'renew') this.#renew(command);
    else if (command.do === 'gone') this.#gone(command.owner);
    else if (command.do === 'wait') this.#clock.advance(command.time);
    else this.#settleDraw(command);
  }

  #acquire({ owner, id, name, ttl }: LockRequest<string>): void {
    const key = `${owner}${id}`;
    if (this.#asked.has(key)) return;

    const asked: Asked = { name, key, ttl, deadline: undefined };
    this.#asked.set(key, asked);
    this.#table.acquire(
      { owner, id, name, ttl },
      { granted: token => this.#granted(asked, token), failed: () => this.#failed(asked) },
    );
  }

  #release(owner: string, id: number): void {
    const isThere = this.#asked.delete(`${owner}${id}`);
    expect(this.#table.release(owner, id)).to.equal(isThere);
  }

  #renew({ owner, id, ttl }: { readonly owner: string; readonly id: number; readonly ttl: number }): void {
    const asked = this.#asked.get(`${owner}${id}`);
    const isHeld = asked?.deadline !== undefined;
    expect(this.#table.renew(owner, id, ttl)).to.equal(isHeld);
    if (isHeld) asked.deadline = this.#clock.now() + ttl;
  }

  #gone(owner: string): void {
    for (const key of [...this.#asked.keys()]) if (key.startsWith(owner)) this.#asked.delete(key);
    this.#table.gone(owner);
  }

  #draw(): Promise<number> {
    const draw = { token: ++this.#token, deferred: new Deferred<number>() };
    this.#draws.push(draw);
    return draw.deferred.promise;
  }

  /** Tokens may come in any order, and may not come. */
  #settleDraw({ fails, which }: { readonly fails: boolean; readonly which: number }): void {
    const [draw] = this.#draws.splice(which % Math.max(1, this.#draws.length), 1);
    if (fails) draw?.deferred.reject(new Error('no token'));
    else draw?.deferred.resolve(draw.token);
  }

  #granted(asked: Asked, token: number): void {
    const rivals = [...this.#asked.values()].filter(({ name }) => name === asked.name);
    expect(rivals.filter(({ deadline }) => deadline !== undefined)).to.deep.equal([]);
    expect(rivals[0]).to.equal(asked);
    expect(token).to.be.above(this.#lastToken.get(asked.name) ?? 0);
    this.#lastToken.set(asked.name, token);
    asked.deadline = this.#clock.now() + asked.ttl;
  }

  #failed(asked: Asked): void {
    expect(this.#asked.get(asked.key)).to.equal(asked);
    expect(asked.deadline).to.equal(undefined);
    this.#asked.delete(asked.key);
  }

  #lost(key: string): void {
    expect(this.#asked.get(key)?.deadline).to.be.at.most(this.#clock.now());
    this.#asked.delete(key);
  }

  #checkThatNobodyIsForgotten(name: string): void {
    const rivals = [...this.#asked.values()].filter(each => each.name === name);
    const isHeld = rivals.some(({ deadline }) => deadline !== undefined);
    if (rivals.length > 0 && !isHeld) expect(this.#draws).not.to.have.lengthOf(0);
  }
}

/** A clock whose timers are late, or early. */
function shifted(clock: FakeClock, shift: number): LockTableOptions<string>['clock'] {
  return {
    now: () => clock.now(),
    date: () => clock.date(),
    after: (delay, call) => clock.after(Math.max(1, delay + shift), call),
    every: (interval, call) => clock.every(interval, call),
  };
}
