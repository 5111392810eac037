import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Backlog } from '../../lib/channel/backlog.js';
import { OutboxEntry } from '../../lib/channel/outbox-entry.js';
import { defaultRules } from '../../lib/channel/outbox-rules.js';
import { messageFrame } from '../../lib/protocol/frame.js';

const { mostBytes, mostFrames } = defaultRules;

function entryOf(body: unknown, weight = 10): OutboxEntry {
  const entry = new OutboxEntry(messageFrame(body), undefined);
  entry.weight = weight;
  return entry;
}

function backlogOf(count: number): { backlog: Backlog; entries: OutboxEntry[] } {
  const backlog = new Backlog();
  const entries = Array.from({ length: count }, (_, number) => entryOf(number));
  for (const entry of entries) backlog.add(entry);
  return { backlog, entries };
}

function withdraw(backlog: Backlog, entry: OutboxEntry): void {
  entry.leave();
  backlog.withdrawn(entry);
}

describe('Backlog', () => {
  describe('#take', () => {
    it('gives batches in order until nothing waits', () => {
      const { backlog, entries } = backlogOf(mostFrames + 3);

      const taken = [backlog.take(), backlog.take()];

      expect(taken.map(({ length }) => length)).to.deep.equal([mostFrames, 3]);
      expect(taken.flat()).to.deep.equal(entries);
      expect(backlog.size).to.equal(0);
    });

    it('leaves no entry waiting', () => {
      const { backlog } = backlogOf(2);

      const batch = backlog.take();

      expect(batch.map(({ waiting }) => waiting)).to.deep.equal([false, false]);
    });

    it('goes on with what is added after a batch', () => {
      const { backlog, entries } = backlogOf(mostFrames + 1);
      const later = entryOf('later');

      backlog.take();
      backlog.add(later);

      expect(backlog.take()).to.deep.equal([entries.at(-1), later]);
    });

    it('passes over what was withdrawn', () => {
      const { backlog, entries } = backlogOf(3);
      const [first, second, third] = entries as [OutboxEntry, OutboxEntry, OutboxEntry];

      withdraw(backlog, second);

      expect(backlog.take()).to.deep.equal([first, third]);
    });

    it('keeps the order through many batches and withdrawals', () => {
      const { backlog, entries } = backlogOf(20 * mostFrames);
      const left = entries.filter((_, number) => number % 3 === 0);

      for (const entry of entries) if (!left.includes(entry)) withdraw(backlog, entry);
      const taken: OutboxEntry[] = [];
      while (backlog.size > 0) taken.push(...backlog.take());

      expect(taken).to.deep.equal(left);
    });
  });

  describe('#addFirst', () => {
    it('puts an entry in front of all others', () => {
      const { backlog, entries } = backlogOf(2);
      const first = entryOf('first');

      backlog.addFirst(first);

      expect(backlog.size).to.equal(3);
      expect(backlog.take()).to.deep.equal([first, ...entries]);
    });

    it('does so behind what was taken, and where nothing waits', () => {
      const { backlog, entries } = backlogOf(mostFrames + 1);
      const first = entryOf('first');
      backlog.take();
      backlog.addFirst(first);
      expect(backlog.take()).to.deep.equal([first, entries.at(-1)]);

      const only = entryOf('only');
      backlog.addFirst(only);

      expect(backlog.take()).to.deep.equal([only]);
      expect(backlog.size).to.equal(0);
    });
  });

  describe('#withdrawn', () => {
    it('leaves nothing behind when it was the last', () => {
      const { backlog, entries } = backlogOf(1);

      for (const entry of entries) withdraw(backlog, entry);

      expect([backlog.size, ...backlog]).to.deep.equal([0]);
    });
  });

  describe('#fillsBatch', () => {
    it('tells when there are enough entries', () => {
      const { backlog } = backlogOf(mostFrames - 1);

      const before = backlog.fillsBatch;
      backlog.add(entryOf('last'));

      expect([before, backlog.fillsBatch]).to.deep.equal([false, true]);
    });

    it('tells when there are enough bytes, those withdrawn not counted', () => {
      const { backlog } = backlogOf(1);
      const large = entryOf('large', mostBytes);

      backlog.add(large);
      const full = backlog.fillsBatch;
      withdraw(backlog, large);

      expect([full, backlog.fillsBatch]).to.deep.equal([true, false]);
    });
  });
});
