import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Liveness } from '../../lib/primary/liveness.js';
import { Sweep } from '../../lib/primary/sweep.js';
import { settled } from '../support/conversation.js';
import { FakeClock } from '../support/fake-clock.js';
import { fakeProcess, readyProcess } from '../support/worker-process.js';

type Stack = readonly string[] | undefined;

/** A worker whose limit is 300 ms, with a watchdog that answers when the test says so. */
function setUp({ misses = 3, watchdog = true, heartbeat = true } = {}) {
  const clock = new FakeClock();
  const sweep = new Sweep(clock);
  const asked: number[] = [];
  const hung: { readonly at: number; readonly stack: Stack }[] = [];
  const questions: ((stack: Stack) => void)[] = [];
  let closed = 0;
  const liveness = new Liveness({
    clock,
    sweep,
    heartbeat: heartbeat && { interval: 100, misses },
    watchdog: watchdog
      ? { ask: () => new Promise(resolve => questions.push(resolve)), close: () => void closed++ }
      : undefined,
    ask: interval => void asked.push(interval),
    hung: stack => void hung.push({ at: clock.now(), stack }),
  });
  liveness.vitals.canReport();
  const answer = async (stack: Stack) => {
    questions.shift()?.(stack);
    await settled();
  };
  return { clock, asked, hung, questions, liveness, answer, closed: () => closed };
}

describe('Liveness', () => {
  it('expects nothing before it begins', () => {
    const { clock, asked, questions } = setUp();
    clock.advance(10_000);

    expect([asked, questions]).to.deep.equal([[], []]);
    expect(clock.pending).to.equal(0);
  });

  it('asks for beats', () => {
    const { asked, liveness } = setUp();
    liveness.begin();
    liveness.begin();

    expect(asked).to.deep.equal([100]);
  });

  it('asks for two in the time in which one is enough', () => {
    const { asked, liveness } = setUp({ misses: 1 });
    liveness.begin();

    expect(asked).to.deep.equal([50]);
  });

  it('tells of a worker that gives no sign of life, with its stack, once the watchdog has answered', async () => {
    const { clock, hung, liveness, questions, answer } = setUp();
    liveness.begin();
    clock.advance(299);
    expect(questions).to.have.lengthOf(0);
    clock.advance(1);
    expect(questions).to.have.lengthOf(1);
    clock.advance(50);
    expect(hung).to.deep.equal([]);

    await answer(['spin (a:1:1)']);

    expect(hung).to.deep.equal([{ at: 350, stack: ['spin (a:1:1)'] }]);
  });

  it('asks the watchdog once at a time', () => {
    const { clock, liveness, questions } = setUp();
    liveness.begin();
    clock.advance(490);

    expect(questions).to.have.lengthOf(1);
  });

  it('tells of it without a stack where there is no watchdog, or no answer', async () => {
    const { clock, hung, liveness } = setUp({ watchdog: false });
    liveness.begin();
    clock.advance(310);
    await settled();
    expect(hung).to.deep.equal([{ at: 310, stack: undefined }]);

    const other = setUp();
    other.liveness.begin();
    other.clock.advance(300);
    await other.answer(undefined);
    expect(other.hung).to.deep.equal([{ at: 300, stack: undefined }]);
  });

  it('takes everything back when a beat comes meanwhile', async () => {
    for (const watchdog of [true, false]) {
      const { clock, hung, liveness, answer } = setUp({ watchdog });
      liveness.begin();
      clock.advance(300);
      liveness.take({});
      clock.advance(10);
      await answer(['idle (a:1:1)']);

      expect(hung).to.deep.equal([]);
    }
  });

  it('tells of nothing when it took far too long to make sure: it was this process that slept', async () => {
    const { clock, hung, liveness, answer } = setUp();
    liveness.begin();
    clock.advance(300);
    clock.advance(551);
    await answer(['idle (a:1:1)']);

    expect(hung).to.deep.equal([]);
  });

  it('tells of it again after as long, if the worker is left alive', async () => {
    const { clock, hung, liveness } = setUp({ watchdog: false });
    liveness.begin();
    for (let step = 0; step < 70; step++) {
      clock.advance(10);
      await settled();
    }

    expect(hung.map(({ at }) => at)).to.deep.equal([310, 640]);
  });

  it('says nothing of a worker that beats, nor of one that is debugged', async () => {
    const { clock, questions, liveness } = setUp();
    liveness.begin();
    for (let beat = 0; beat < 10; beat++) {
      clock.advance(100);
      liveness.take({ utilization: 0.5, debugged: beat === 9 ? 1 : 0 });
    }
    clock.advance(60_000);

    expect(questions).to.deep.equal([]);
    expect(liveness.vitals.load).to.equal(1);
  });

  it('ends at any time', async () => {
    const { clock, hung, liveness, answer, closed } = setUp();
    liveness.begin();
    clock.advance(300);
    liveness.end();
    await answer(['spin (a:1:1)']);
    clock.advance(60_000);

    expect(hung).to.deep.equal([]);
    expect(clock.pending).to.equal(0);
    expect(closed()).to.equal(0);
    liveness.close();
    expect(closed()).to.equal(1);
  });

  it('judges nobody where there is no heartbeat', () => {
    const { clock, asked, questions, liveness } = setUp({ heartbeat: false });
    liveness.begin();
    clock.advance(60_000);

    expect([asked, questions, clock.pending]).to.deep.equal([[], [], 0]);
    liveness.close();
  });
});

describe('watchOver', () => {
  const limits = { readyTimeout: 1_000, drainTimeout: 100, killTimeout: 10, heartbeat: { interval: 100, misses: 3 } };

  it('judges workers that use this library', () => {
    const { clock, worker } = readyProcess({ limits });
    expect(clock.pending).to.equal(1);
    worker.conversation.close(new Error('over'));
  });

  it('does not judge others', () => {
    const { fake, clock } = fakeProcess({ limits, readyOn: 'online' });
    fake.emit('online');

    expect(clock.pending).to.equal(0);
  });
});
