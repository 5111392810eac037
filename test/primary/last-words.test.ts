import { Readable } from 'node:stream';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { LastWords } from '../../lib/primary/last-words.js';
import { FakeClock } from '../support/fake-clock.js';

function setUp({ piped = false } = {}) {
  const clock = new FakeClock();
  const told: string[] = [];
  const stderr = piped ? new Readable({ read() {} }) : null;
  const words = new LastWords(clock, stderr, {
    silent: () => void told.push(`silent at ${clock.now()}`),
    over: () => void told.push(`over at ${clock.now()}`),
  });
  return { clock, told, stderr, words };
}

describe('LastWords', () => {
  it('are over when channel and process are gone, in either order', () => {
    for (const order of [['channelClosed', 'exited'] as const, ['exited', 'channelClosed'] as const]) {
      const { clock, told, words } = setUp();
      words[order[0]]();
      expect(told).to.deep.equal([]);
      words[order[1]]();

      expect(told).to.deep.equal(['over at 0']);
      expect(clock.pending).to.equal(0);
    }
  });

  it('are not waited for long when somebody else holds the channel open', () => {
    const { clock, told, words } = setUp();
    words.exited();
    clock.advance(50);

    expect(told).to.deep.equal(['over at 50']);
  });

  it('are not expected for long of a process that has closed its channel', () => {
    const { clock, told, words } = setUp();
    words.channelClosed();
    clock.advance(1_000);

    expect(told).to.deep.equal(['silent at 50']);
    words.exited();
    expect(told).to.deep.equal(['silent at 50', 'over at 1000']);
  });

  it('are waited for until standard error ends', () => {
    const { told, stderr, words } = setUp({ piped: true });
    words.exited();
    words.channelClosed();
    stderr?.push(Buffer.from('out of gas\n'));
    expect(told).to.deep.equal([]);

    stderr?.push(null);

    expect(told).to.deep.equal(['over at 0']);
    expect(words.stderr).to.deep.equal(['out of gas']);
  });

  it('are not waited for long when somebody else holds standard error open', () => {
    const { clock, told, words } = setUp({ piped: true });
    words.channelClosed();
    words.exited();
    clock.advance(50);

    expect(told).to.deep.equal(['over at 50']);
  });

  it('are not over because standard error ends', () => {
    const { told, stderr, words } = setUp({ piped: true });
    stderr?.push(null);
    words.channelClosed();
    expect(told).to.deep.equal([]);
    words.exited();

    expect(told).to.deep.equal(['over at 0']);
  });

  it('tell of no lines where standard error is not piped', () => {
    expect(setUp().words.stderr).to.equal(undefined);
  });
});
