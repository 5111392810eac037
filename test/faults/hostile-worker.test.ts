import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions } from '../../lib/index.js';
import { firstWorker, next, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';

/** Counts what was refused, and does not warn of it. */
class Guarded extends ClusterPrimary {
  readonly violations: string[] = [];
  readonly messages: unknown[] = [];
  handlerCalls = 0;

  _eventWorkerMessage_known(): void {
    this.handlerCalls++;
  }

  protected override _eventChannelViolation({ data }: { data: { reason: string } }): void {
    this.violations.push(data.reason);
  }

  protected override _eventWorkerMessageUnhandled({ data }: { data: { message: unknown } }): void {
    this.messages.push(data.message);
  }
}

const open = (options: ClusterPrimaryOptions = {}) => {
  return new Guarded({ workerScript: fixture('hostile'), workerCount: 1, ...options }).ready;
};

async function spit(primary: ClusterPrimary, payloads: readonly unknown[]): Promise<void> {
  const worker = firstWorker(primary);
  await worker.send({ message: { type: 'spit', texts: payloads.map(payload => JSON.stringify(payload)) } });
  // The answer comes after all that.
  expect(await worker.request({ message: { type: 'echo', value: 'alive' }, timeout: 5_000 })).to.equal('alive');
}

describe('a hostile worker', () => {
  leavesNothingBehind();

  it('that sends what is no batch of frames is told of, and nothing else happens', async () => {
    await using primary = await open();

    await spit(primary, [1, 'text', true, {}, { type: 'known' }, { cmd: 'stop' }, [1], ['x'], [[]], [[99, 0]], [null]]);

    expect(primary.violations).to.have.length(11);
    expect(primary.messages).to.deep.equal([]);
  });

  for (const message of [
    { cmd: 'NODE_HANDLE_ACK' },
    { cmd: 'NODE_HANDLE_NACK' },
    { cmd: 'NODE_HANDLE', type: 'net.Socket' },
    { cmd: 'NODE_HANDLE', type: 'constructor' },
    { cmd: 'NODE_HANDLE' },
    { cmd: 'NODE_CLUSTER', act: 'queryServer' },
    { cmd: 'NODE_CLUSTER', act: 'queryServer', key: '1', address: 5, port: -1, addressType: 9, index: 'a', seq: 1 },
    { cmd: 'NODE_CLUSTER', act: 'close', key: 'nothing' },
    { cmd: 'NODE_CLUSTER', act: 'accepted', ack: 1_000_000 },
    { cmd: 'NODE_CLUSTER', act: 'listening' },
    { cmd: 'NODE_CLUSTER', act: 'online' },
    { cmd: 'NODE_CLUSTER', act: 'exitedAfterDisconnect' },
    { cmd: 'NODE_CLUSTER', act: 'toString' },
    { cmd: 'NODE_CLUSTER' },
    { cmd: 'NODE_DEBUG_ENABLED' },
  ]) {
    it(`that sends ${JSON.stringify(message)}, as if it were Node itself, does no harm`, async () => {
      await using primary = await open({ workerCount: 2, drainTimeout: 200, killTimeout: 200 });
      const [hostile, other] = primary.workers;

      await hostile?.send({ message: { type: 'spit', texts: [JSON.stringify(message)] } });
      // Node may be left waiting for a handle on that channel: the hostile one is its own victim.
      await hostile?.request({ message: { type: 'echo', value: 1 }, timeout: 300 }).catch(() => {});

      expect(await other?.request({ message: { type: 'echo', value: 'alive' }, timeout: 5_000 })).to.equal('alive');
    });
  }

  it('that forges control frames changes nothing but what it may say of itself', async () => {
    await using primary = await open({ workerCount: 2 });
    const ready: unknown[] = [];
    primary.on('workerReady', ({ data }) => void ready.push(data));
    const frames = [
      [0, 0, { version: 1 }],
      ...[
        [0, 0, {}],
        [0, 1, { version: 1 }],
        [1, 0],
        [1, 0],
        [1, 1],
        [12, 0, 'BUSY'],
        [12, 0, 7],
        [12, 0, 'x'.repeat(300)],
      ],
      ...[
        [7, 1, 10],
        [8, 1, 'x'],
        [9, 1, 5],
        [10, 1],
        [11, 1, {}],
        [14, 1, {}],
        [4, 12_345, 'x'],
        [5, 12_345, {}],
        [6, 7],
      ],
    ];

    await spit(
      primary,
      frames.map(frame => [frame]),
    );

    expect(ready).to.deep.equal([]);
    expect(firstWorker(primary).status).to.equal('BUSY');
    expect(primary.workers).to.have.length(2);
    expect(primary.violations.length).to.be.greaterThan(8);
  });

  it('that says it stops is no longer selected, and that is all', async () => {
    await using primary = await open();
    const worker = firstWorker(primary);
    const removed = nextOf(primary, 'removeWorker');

    await spit(primary, [
      [[13, 0, { reason: 'forged' }]],
      [[13, 0, { reason: 7 }]],
      [[13, 0, { reason: 'x', timeout: -1 }]],
    ]);

    expect((await removed).worker).to.equal(worker);
    expect(primary.violations).to.have.length(2);
  });

  it('cannot answer what was not asked, nor twice', async () => {
    await using primary = await open();

    const answer = await primary.request({ message: { type: 'twice', guess: 1_000 } });

    expect(answer).to.equal('honest');
    expect(primary.violations).to.have.length(2);
  });

  it('cannot answer for another worker', async () => {
    await using primary = await open({ workerCount: 2, drainTimeout: 100 });
    const [hostile, honest] = primary.workers;
    const answer = honest?.request({ message: { type: 'wait' }, timeout: 1_000 }).catch(error => error.code);

    const texts = Array.from({ length: 50 }, (_, id) => `[[4,${id},"forged"]]`);
    await hostile?.send({ message: { type: 'spit', texts } });

    expect(await answer).to.equal('CLUSTER_REQUEST_TIMEOUT');
    expect(primary.violations).to.have.length(50);
  });

  it('reaches no method but handlers', async () => {
    await using primary = await open();
    const types = [
      'constructor',
      'toString',
      '__proto__',
      'hasOwnProperty',
      'destroy',
      '',
      '1',
      'x'.repeat(500),
      ' known',
    ];

    await spit(primary, [
      ...types.map(type => [[2, 0, { type }]]),
      ...types.map((type, id) => [[3, id + 1, { type }]]),
      [[2, 0, { type: 'known' }]],
    ]);

    expect(primary.handlerCalls).to.equal(1);
    expect(primary.messages.map(message => (message as { type: string }).type)).to.deep.equal(types);
    expect(primary.workers).to.have.length(1);
  });

  it('pollutes nothing', async () => {
    await using primary = await open();
    const body = JSON.parse('{"type":"known","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    const text = JSON.stringify([[2, 0, body]]).replace('{"type"', '{"__proto__":{"polluted":1},"type"');

    await firstWorker(primary).send({
      message: { type: 'spit', texts: [text, '[[5,999,{"__proto__":{"polluted":1}}]]'] },
    });
    await primary.request({ message: { type: 'echo' } });

    expect(Object.prototype).not.to.have.property('polluted');
    expect({}).not.to.have.property('polluted');
  });

  it('that nests a message very deeply does no harm', async () => {
    await using primary = await open();
    const deep = `[[2,0,${'['.repeat(3_000)}${']'.repeat(3_000)}]]`;

    await firstWorker(primary).send({ message: { type: 'spit', texts: [deep] } });

    expect(await primary.request({ message: { type: 'echo', value: 'alive' } })).to.equal('alive');
  });

  it('that uses the name of a request twice is refused the second', async () => {
    await using primary = await open();
    Object.assign(primary, { _eventWorkerRequest_slow: () => new Promise(() => {}) });

    await spit(primary, [[[3, 7, { type: 'slow' }]], [[3, 7, { type: 'slow' }]]]);

    expect(primary.violations).to.deep.equal(['a request whose id is in use']);
    expect(firstWorker(primary).pending).to.equal(1);
  });

  it('loses nothing that others send while it floods the primary with garbage', async () => {
    await using primary = await open({ workerCount: 2 });
    const [hostile, honest] = primary.workers;
    const garbage = Array.from({ length: 5_000 }, () => '{"garbage":true}');

    await hostile?.send({ message: { type: 'spit', texts: garbage } });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, value) => honest?.request({ message: { type: 'echo', value } })),
    );
    await hostile?.request({ message: { type: 'echo' } });

    expect(answers).to.deep.equal(Array.from({ length: 200 }, (_, value) => value));
    expect(primary.violations).to.have.length(5_000);
  });

  it('may send any JSON at all', async () => {
    await using primary = await open();
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 4 }).map(frame => [frame]),
      // Frames of a known kind with any contents; stop would end the worker, which is no fault.
      fc
        .tuple(
          fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14),
          fc.integer(),
          fc.jsonValue({ maxDepth: 2 }),
        )
        .map(frame => [frame]),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 50 }), async payloads => {
        await spit(
          primary,
          payloads.filter(payload => !isNodesOwn(payload)),
        );
      }),
      { numRuns: 100 },
    );

    expect(firstWorker(primary).generation).to.equal(1);
    const restarted = next(primary, 'workerReady');
    firstWorker(primary).kill('SIGKILL');
    await restarted;
  });
});

/** What Node takes for itself, before anybody else sees it. */
function isNodesOwn(payload: unknown): boolean {
  const command = typeof payload === 'object' && payload !== null && 'cmd' in payload ? payload.cmd : '';
  return typeof command === 'string' && command.startsWith('NODE_');
}
