import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Ledger, Tally } from '../../lib/primary/statistics.js';

const api = { group: 'api' };
const jobs = { group: 'jobs' };
const crash = { cause: 'crash', expected: false } as const;
const recycled = { cause: 'recycled', expected: true } as const;

describe('Tally', () => {
  it('counts a replacement of a worker that left unasked as a restart', () => {
    const tally = new Tally();
    tally.forked();
    tally.exited(crash);
    tally.forked();

    expect(tally).to.include({ forks: 2, exits: 1, failures: 1, restarts: 1 });
  });

  it('counts no restart when a worker was stopped on purpose', () => {
    const tally = new Tally();
    tally.forked();
    tally.exited(recycled);
    tally.forked();

    expect(tally).to.include({ forks: 2, exits: 1, failures: 0, restarts: 0 });
  });

  it('counts one restart for each failure, however many processes follow it', () => {
    const tally = new Tally();
    tally.forked();
    tally.exited(crash);
    tally.forked();
    tally.forked();

    expect(tally).to.include({ forks: 3, restarts: 1 });
  });

  it('counts a spare process that moves in as a restart, not as a fork', () => {
    const tally = new Tally();
    tally.forked();
    tally.exited(crash);
    tally.occupied();

    expect(tally).to.include({ forks: 1, restarts: 1 });
  });

  it('counts a worker that hung among the failures', () => {
    const tally = new Tally();
    tally.exited({ cause: 'hung', expected: false });

    expect(tally).to.include({ exits: 1, failures: 1, hung: 1 });
  });

  describe('#handled', () => {
    it('adds what is new of a number that a process tells again and again', () => {
      const tally = new Tally();
      let before = 0;
      for (const total of [3, 3, 10]) before = tally.handled(total, before);

      expect(tally.messagesHandled).to.equal(10);
    });

    it('counts on with the next process, and with two at a time', () => {
      const tally = new Tally();
      const first = tally.handled(10, 0);
      const second = tally.handled(2, 0);
      tally.handled(12, first);
      tally.handled(5, second);

      expect(tally.messagesHandled).to.equal(17);
    });

    for (const nonsense of [undefined, Number.NaN, Number.POSITIVE_INFINITY, -1, 2.5, 2 ** 60]) {
      it(`ignores ${nonsense}`, () => {
        const tally = new Tally();

        expect(tally.handled(nonsense, 1)).to.equal(1);
        expect(tally.messagesHandled).to.equal(0);
      });
    }

    it('ignores a number that falls', () => {
      const tally = new Tally();
      const before = tally.handled(10, 0);

      expect(tally.handled(4, before)).to.equal(10);
      expect(tally.messagesHandled).to.equal(10);
    });
  });
});

describe('Ledger', () => {
  it('keeps one tally for each slot', () => {
    const ledger = new Ledger();

    expect(ledger.tally(api)).to.equal(ledger.tally(api));
    expect(ledger.tally(api)).to.not.equal(ledger.tally({ ...api }));
    expect(ledger.forked(api)).to.equal(ledger.tally(api));
    expect(ledger.of(api).forks).to.equal(1);
  });

  it('sums the slots of a group, and of all groups', () => {
    const ledger = new Ledger();
    const second = { group: 'api' };
    for (const slot of [api, second, jobs]) ledger.forked(slot).messagesReceived += 10;

    expect(ledger.ofGroup('api')).to.include({ forks: 2, messagesReceived: 20 });
    expect(ledger.ofGroup('jobs')).to.include({ forks: 1, messagesReceived: 10 });
    expect(ledger.total).to.include({ forks: 3, messagesReceived: 30 });
  });

  it('keeps the numbers of slots that were given up in their group', () => {
    const ledger = new Ledger();
    for (let round = 0; round < 3; round++) {
      const slot = { group: 'api' };
      ledger.forked(slot).violations += 2;
      ledger.close(slot);
      expect(ledger.of(slot).forks).to.equal(0);
    }
    ledger.close(api);

    expect(ledger.ofGroup('api')).to.include({ forks: 3, violations: 6 });
    expect(ledger.ofGroup('jobs')).to.include({ forks: 0, violations: 0 });
    expect(ledger.total).to.include({ forks: 3, violations: 6 });
  });

  it('gives frozen copies that stay as they were', () => {
    const ledger = new Ledger();
    const { messagesReceived } = ledger.forked(api);
    const before = [ledger.of(api), ledger.ofGroup('api'), ledger.total];
    ledger.tally(api).messagesReceived++;

    for (const each of before) expect(each).to.be.frozen.and.to.include({ messagesReceived });
    expect(ledger.total.messagesReceived).to.equal(messagesReceived + 1);
  });

  it('has nothing but numbers in them, by the names that are documented', () => {
    expect(new Ledger().total).to.deep.equal({
      forks: 0,
      exits: 0,
      restarts: 0,
      failures: 0,
      hung: 0,
      messagesReceived: 0,
      requestsReceived: 0,
      messagesHandled: 0,
      violations: 0,
      sendErrors: 0,
    });
  });
});
