import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type AnyProtocol,
  ClusterPrimary,
  type ClusterPrimaryOptions,
  type WorkerMessageEvent,
} from '../../lib/index.js';
import { firstWorker, next } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { failureOf } from '../support/with-deadline.js';

/** Fails in every way it can, and remembers of which it was told. */
class Buggy extends ClusterPrimary {
  readonly errors: string[] = [];

  _eventWorkerMessage_number({ data: { message } }: WorkerMessageEvent<AnyProtocol>): unknown {
    if (message.number % 2 === 0) throw new Error('even');
    return Promise.reject(new Error('odd'));
  }

  protected override _eventError({ data }: { data: { error: unknown; stageName: string } }): void {
    this.errors.push(`${data.stageName} ${(data.error as Error).message}`);
  }

  protected override _eventSendError(): void {}
}

const open = (options: ClusterPrimaryOptions = {}) => {
  return new Buggy({ workerScript: fixture('chef'), workerCount: 1, ...options }).ready;
};

describe('bugs of users', () => {
  leavesNothingBehind();

  it('in request handlers reach the caller 100 times of 100, and the worker lives (fault 9)', async () => {
    await using primary = await open();
    const worker = firstWorker(primary);

    const errors = await Promise.all(
      Array.from({ length: 100 }, (_, number) => {
        return failureOf(worker.request({ message: { type: number % 2 ? 'throw' : 'reject', text: `bug ${number}` } }));
      }),
    );

    errors.forEach((error, number) => {
      expect(error).to.include({ message: `bug ${number}`, code: 'CLUSTER_REMOTE' });
      expect(error.details).to.include(
        number % 2 ? { remoteName: 'TypeError', remoteCode: 'E_BURNT' } : { remoteName: 'RangeError', remoteCode: 42 },
      );
    });
    expect(worker).to.include({ state: 'ready', pending: 0 });
  });

  it('in subscribers of the primary are told one by one, and stop nothing (fault 10)', async () => {
    await using primary = await open();
    const later: string[] = [];
    for (const stage of ['before', 'on', 'after'] as const) {
      primary[stage]('workerStatus', () => {
        throw new Error('bug');
      });
      primary[stage]('workerStatus', () => void later.push(stage));
    }

    const told = next(primary, 'workerStatus');
    await primary.send({ message: { type: 'status', status: 'BUSY' } });
    await told;

    expect(later).to.deep.equal(['before', 'on', 'after']);
    expect(primary.errors).to.deep.equal(['before bug', 'on bug', 'after bug']);
  });

  it('in message handlers of the primary are told, and the next message is handled (fault 10)', async () => {
    await using primary = await open();

    await primary.send({ message: { type: 'repeat', count: 4 } });
    expect(await primary.request({ message: { type: 'echo', value: 'alive' } })).to.equal('alive');

    expect(primary.errors.sort()).to.deep.equal([...Array(2).fill('complete even'), ...Array(2).fill('complete odd')]);
  });

  it('in subscribers of every event of a life do not stop the supervision', async () => {
    await using primary = new Buggy({ workerScript: fixture('chef'), workerCount: 1 });
    const names = ['setup', 'fork', 'workerFork', 'workerOnline', 'workerReady', 'addWorker', 'removeWorker'] as const;
    const more = [
      'workerDisconnect',
      'workerExit',
      'workerReplace',
      'shutDown',
      'shutDownComplete',
      'destroy',
    ] as const;
    for (const name of [...names, ...more]) {
      primary.before(name, () => {
        throw new Error(name);
      });
    }
    await primary.ready;

    firstWorker(primary).kill('SIGKILL');
    await next(primary, 'workerReady');
    await primary.destroy();

    expect(new Set(primary.errors.map(error => error.split(' ')[1]))).to.deep.equal(new Set([...names, ...more]));
  });

  it('in what is sent are typed errors, and harm nobody else (fault 19)', async () => {
    await using primary = await open();
    let deep: unknown = 'bottom';
    for (let level = 0; level < 100_000; level++) deep = [deep];
    const culprits = [
      1n,
      () => {},
      deep,
      { toJSON: () => 1n },
      {
        get trap(): never {
          throw new Error('trap');
        },
      },
    ];

    const failures = culprits.map(value => failureOf(primary.send({ message: { type: 'note', value } })));
    const good = primary.request({ message: { type: 'echo', value: { cmd: 'NODE_HANDLE' } } });

    for (const failure of failures) expect(await failure).to.include({ code: 'CLUSTER_UNSERIALIZABLE_MESSAGE' });
    expect(await good).to.deep.equal({ cmd: 'NODE_HANDLE' });
    expect(await primary.request({ message: { type: 'seen' } })).to.deep.equal([]);
  });

  it('that look like internals of Node or of this library are messages like any other (fault 19)', async () => {
    await using primary = await open();
    const values = [
      { cmd: 'NODE_CLUSTER', act: 'disconnect' },
      [[13, 0, { reason: 'x' }]],
      { __proto__: null, type: 'x' },
    ];

    for (const value of values) {
      expect(await primary.request({ message: { type: 'echo', value } })).to.deep.equal(
        JSON.parse(JSON.stringify(value)),
      );
    }
    expect(firstWorker(primary).state).to.equal('ready');
  });

  it('that send 5 MB at once are carried', async () => {
    await using primary = await open();
    const value = 'x'.repeat(5_000_000);

    expect(await primary.request({ message: { type: 'echo', value } })).to.equal(value);
  });
});
