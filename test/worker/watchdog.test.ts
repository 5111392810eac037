import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Watchdog } from '../../lib/worker/watchdog.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { Watched } from '../support/watched.js';
import { withDeadline } from '../support/with-deadline.js';

describe('Watchdog', () => {
  leavesNothingBehind();

  it('answers at its descriptor, and takes that out of the environment', async () => {
    await using watched = new Watched();

    expect(await watched.says()).to.deep.equal({ variable: null });
    const answer = await watched.ask(7);

    expect(answer[0]).to.equal(7);
  });

  it('is no reason to stay alive', async () => {
    for (const order of ['leave', 'exit']) {
      await using watched = new Watched();
      await watched.ask(1);
      watched.order(order);

      expect(await withDeadline(watched.ended, 5_000, 'exit')).to.deep.equal([0, null]);
    }
  });

  it('is not started, and nothing is said of it, where the primary wants none', async () => {
    for (const fd of ['', 'x', '-1', '2', '4.5']) {
      const env: NodeJS.ProcessEnv = { CLUSTER_WATCHDOG_FD: fd };
      new Watchdog({ drainTimeout: 1, env, script: '/nowhere.js' }).start();
      expect(env).to.deep.equal({});
    }
    new Watchdog({ drainTimeout: 1, env: {}, script: '/nowhere.js' }).start();
  });

  it('lets the worker go on without it when there is no such script, and warns once', async () => {
    for (const script of ['/nowhere/watchdog.js', 'no path at all']) {
      await using watched = new Watched({ script });
      const said = [await watched.says(), await watched.says()];

      expect(said).to.deep.include({ variable: null });
      const [warning] = said.filter(each => 'warning' in (each as object)) as { readonly warning: string }[];
      expect(warning).to.include({ name: 'ClusterWarning', code: 'CLUSTER_WATCHDOG' });
      expect(warning?.warning).to.match(/^The watchdog of this worker could not be started, or has failed: /);
      watched.order('exit');
      expect(await watched.ended).to.deep.equal([0, null]);
    }
  });

  it('lets the worker go on without it when there is nothing at the descriptor', async () => {
    await using watched = new Watched({ fd: '97' });
    const said = [await watched.says(), await watched.says()];

    expect(said.some(each => 'warning' in (each as object))).to.equal(true);
    watched.order('exit');
    expect(await watched.ended).to.deep.equal([0, null]);
  });
});
