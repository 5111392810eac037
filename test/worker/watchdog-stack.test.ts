import { expect } from 'chai';
import { describe, it } from 'mocha';
import { mainThreadStack } from '../../lib/worker/watchdog-stack.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { rejection } from '../support/thrown.js';
import { Watched } from '../support/watched.js';

describe('mainThreadStack', () => {
  leavesNothingBehind();

  it('describes each frame by its function, file, line and column', async () => {
    await using watched = new Watched();

    const frames = await watched.block(5_000);

    expect(frames.length).to.be.within(2, 50);
    for (const frame of frames) expect(frame).to.match(/^\S.* \(\S+:\d+:\d+\)$/);
  });

  it('is for another thread than that one', async () => {
    expect(await rejection(mainThreadStack())).to.include({ code: 'ERR_INSPECTOR_NOT_WORKER' });
  });
});
