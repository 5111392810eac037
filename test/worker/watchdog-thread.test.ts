import { expect } from 'chai';
import { describe, it } from 'mocha';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { Watched } from '../support/watched.js';
import { withDeadline } from '../support/with-deadline.js';

describe('the thread of a watchdog', () => {
  leavesNothingBehind();

  it('tells where the main thread stands, though that is blocked', async () => {
    await using watched = new Watched();
    await watched.block(5_000);

    const [question, ...frames] = await watched.ask(3);

    expect(question).to.equal(3);
    expect(frames[0]).to.match(/^stuck \(file:\/\/.*\/fixtures\/watched\.js:\d+:\d+\)$/);
  });

  it('lets the main thread go on', async () => {
    await using watched = new Watched();
    await watched.block(500);
    watched.order('exit');

    expect(await withDeadline(watched.ended, 5_000, 'exit')).to.deep.equal([0, null]);
  });

  it('tells that an idle main thread stands nowhere', async () => {
    await using watched = new Watched();

    expect(await watched.ask(9)).to.deep.equal([9]);
  });

  it('ends the process when its primary is gone and the main thread does not react in time', async () => {
    await using watched = new Watched({ drainTimeout: 100 });
    await watched.block(60_000);
    const began = performance.now();

    watched.line.destroy();

    expect(await withDeadline(watched.ended, 5_000, 'exit')).to.deep.equal([null, 'SIGKILL']);
    expect(performance.now() - began).to.be.greaterThan(90);
  });

  it('leaves a main thread that is only busy the time to react, however short the draining', async () => {
    await using watched = new Watched({ drainTimeout: 0 });
    await watched.block(300);
    watched.line.destroy();
    watched.order('exit');

    expect(await withDeadline(watched.ended, 5_000, 'exit')).to.deep.equal([0, null]);
  });

  it('ends it later when the main thread has reacted, and is not gone after all', async () => {
    await using watched = new Watched({ drainTimeout: 'thread' });
    await watched.ask(1);
    const began = performance.now();

    watched.line.destroy();

    expect(await withDeadline(watched.ended, 5_000, 'exit')).to.deep.equal([null, 'SIGKILL']);
    expect(performance.now() - began).to.be.within(190, 4_000);
  });

  it('lets a worker without a deadline live', async () => {
    await using watched = new Watched({ drainTimeout: Number.POSITIVE_INFINITY });
    await watched.ask(1);
    watched.line.destroy();
    watched.order('exit');

    expect(await withDeadline(watched.ended, 5_000, 'exit')).to.deep.equal([0, null]);
  });
});
