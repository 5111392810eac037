import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { ClusterPrimary, type EventOf, type PrimaryEvents, type WorkerHandle } from '../../lib/index.js';
import { nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { until, withDeadline } from '../support/with-deadline.js';

/** Counts what was refused, and does not warn of it. */
class Guarded extends ClusterPrimary {
  readonly violations: string[] = [];

  protected override _eventChannelViolation({ data }: EventOf<PrimaryEvents, 'channelViolation'>): void {
    this.violations.push(`${data.worker.name}: ${data.reason}`);
  }

  protected override _eventWorkerMessageUnhandled(): void {}
}

const open = () => {
  const groups = { bad: { workerCount: 1, script: fixture('hostile'), silent: true } };
  return new Guarded({ workerScript: fixture('neighbour'), workerCount: 2, groups }).ready;
};

/** Two honest workers, and one that is not. */
function cast(primary: ClusterPrimary): [WorkerHandle, WorkerHandle, WorkerHandle] {
  const [ann, bob, bad] = ['default-0', 'default-1', 'bad-0'].map(name => primary.worker(name));
  if (ann && bob && bad) return [ann, bob, bad];

  throw new Error('Three were forked');
}

/** Lets the hostile worker write these to its channel; resolves when the primary has read them. */
async function spit(bad: WorkerHandle, frames: readonly unknown[]): Promise<void> {
  await bad.send({ message: { type: 'spit', texts: frames.map(frame => JSON.stringify([frame])) } });
  expect(await bad.request({ message: { type: 'echo', value: 'alive' }, timeout: 10_000 })).to.equal('alive');
}

const seen = (worker: WorkerHandle) => worker.request({ message: { type: 'seen' }, timeout: 10_000 });
const ask = (worker: WorkerHandle, order: object) => {
  return worker.request({ message: { type: 'ask', order }, timeout: 10_000 });
};
const noteOf = (text: string) => JSON.stringify([[2, 0, { type: 'note', note: text }]]);

describe('a hostile worker among others', () => {
  leavesNothingBehind();

  it('cannot speak for the primary, or for another worker', async () => {
    await using primary = await open();
    const [ann, bob, bad] = cast(primary);

    await spit(bad, [
      [20, 1, { id: ann.id, name: ann.name, group: 'default' }, noteOf('forged')],
      ...[
        [21, 1],
        [22, 1, { message: 'no' }],
        [24, 1, [bob.id]],
        [24, 1, 'later'],
        [25, ann.id],
        [25, ann.id, {}],
      ],
      ...[
        [20, 2, bob.id, { not: 'encoded' }],
        [20, 3, bob.id, [1]],
        [20, 4, bob.id, 5],
      ],
    ]);

    expect(primary.violations).to.have.length(10);
    expect((await seen(bob)).notes).to.deep.equal([]);
    expect(await ask(ann, { to: bob.name, message: { type: 'echo', value: 1 } })).to.include({ value: 1 });
  });

  it('is known to whom it sends by its own name', async () => {
    await using primary = await open();
    const [, bob, bad] = cast(primary);

    await spit(bad, [[20, 1, bob.id, noteOf('as myself')]]);

    expect((await seen(bob)).notes).to.deep.equal([
      { note: 'as myself', from: { id: bad.id, name: bad.name, group: 'bad' } },
    ]);
  });

  it('cannot answer what others were asked', async () => {
    await using primary = await open();
    const [ann, bob, bad] = cast(primary);
    const simmering = ask(ann, { to: bob.id, message: { type: 'simmer', time: 300 } });
    await ask(ann, { to: bob.id, message: { type: 'echo' } });
    const forged = (id: number) => [
      20,
      id,
      ann.id,
      JSON.stringify([
        [4, id, 'forged'],
        [5, id, { message: 'forged' }],
      ]),
    ];

    await spit(
      bad,
      Array.from({ length: 20 }, (_, id) => forged(id)),
    );

    expect(await simmering).to.equal('done');
    const { violations } = await seen(ann);
    expect(violations).to.have.length(40);
    expect(violations[0]).to.deep.equal({ reason: 'an answer to a request that was never made', from: bad.name });
  });

  it('cannot harm whom it sends garbage to', async () => {
    await using primary = await open();
    const [ann, bob, bad] = cast(primary);
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    const contents = [
      ...[
        '',
        'x',
        '[',
        '{}',
        'null',
        '[1]',
        '[[99,0]]',
        '[[1,0]]',
        '[[20,1,2,"[]"]]',
        '[[25,1]]',
        'b',
        'bAAAA',
        'b/w8=',
      ],
      ...[`[[2,0,${deep}]]`, `[[3,1,${deep}]]`, '[[15,0,{"length":9}]]', '[[8,1,"item"]]', '{"__proto__":{"x":1}}'],
    ];

    await spit(
      bad,
      contents.map((content, id) => [20, id, bob.id, content]),
    );

    const { violations, notes } = await seen(bob);
    expect(notes).to.deep.equal([]);
    expect(violations).to.have.length(contents.length);
    expect(await ask(ann, { to: bob.id, message: { type: 'echo', value: 1 } })).to.include({ value: 1 });
    expect(primary.violations).to.deep.equal([]);
  });

  it('is read with the same care when the primary watches', async () => {
    await using primary = await open();
    const [, bob, bad] = cast(primary);
    const watched: unknown[] = [];
    primary.on('peerMessage', ({ data }) => void watched.push(data.message));
    const contents = ['', '[', '[[99,0]]', `[[2,0,${'['.repeat(5_000)}${']'.repeat(5_000)}]]`, noteOf('fine')];

    await spit(
      bad,
      contents.map((content, id) => [20, id, bob.id, content]),
    );

    expect(primary.violations).to.have.length(4);
    expect(watched).to.deep.equal([{ type: 'note', note: 'fine' }]);
    expect((await seen(bob)).notes).to.have.length(1);
  });

  it('can send to itself, to nobody, and many times under one id, to no effect on others', async () => {
    await using primary = await open();
    const [ann, bob, bad] = cast(primary);

    await spit(bad, [
      ...Array.from({ length: 50 }, () => [20, 1, bad.id, noteOf('to myself')]),
      ...Array.from({ length: 50 }, (_, id) => [20, 1, 1_000 + id, noteOf('to nobody')]),
      ...Array.from({ length: 50 }, () => [23, 1, { to: 'nobody', tag: '' }]),
      ...Array.from({ length: 50 }, () => [23, 1, { to: { group: 'none' }, tag: '', one: true }]),
    ]);

    expect(await ask(ann, { to: bob.id, message: { type: 'echo', value: 1 } })).to.include({ value: 1 });
    expect(primary.violations).to.deep.equal([]);
  });

  it('finds no frame that harms the primary or another worker, at random', async () => {
    await using primary = await open();
    const [ann, bob, bad] = cast(primary);
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    const kind = fc.constantFrom(20, 21, 22, 23, 24, 25);
    const small = fc.integer({ min: -1, max: 5 });
    const content = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map(text => `[[2,0,${text}]]`),
      fc.jsonValue(),
    );
    const frame = fc.tuple(kind, small, fc.oneof(small, fc.jsonValue(), fc.constant(bob.id)), content);

    await spit(bad, fc.sample(frame, { numRuns: 1_000, seed }));

    const outcome = await ask(ann, { to: bob.name, message: { type: 'echo', value: 1 } });
    expect(outcome, `seed ${seed}`).to.include({ value: 1 });
    expect(Object.keys(Object.prototype)).to.deep.equal([]);
  });
});

describe('a worker that dies while another works for it', () => {
  leavesNothingBehind();

  it('is not answered, and nothing is left of it', async () => {
    await using primary = await new Guarded({
      workerScript: fixture('neighbour'),
      workerCount: 2,
      restart: { intensity: Number.POSITIVE_INFINITY, backoff: { initial: 0, max: 0 } },
    }).ready;
    const bob = primary.worker('default-1') as WorkerHandle;
    for (let round = 0; round < 20; round++) {
      const ann = primary.worker('default-0') as WorkerHandle;
      const [waiting, aborted] = [nextMessage(primary, 'waiting'), nextMessage(primary, 'aborted')];
      const replaced = nextOf(primary, 'workerReady');
      const asking = ask(ann, { to: bob.id, message: { type: 'wait' } }).catch(error => error);
      await withDeadline(waiting, 10_000, 'word that it waits');

      ann.kill('SIGKILL');
      await withDeadline(aborted, 10_000, 'word that it is aborted');

      expect(await asking).to.have.property('code', 'CLUSTER_WORKER_EXITED');
      expect(await replaced).to.have.nested.property('worker.name', 'default-0');
    }

    await until(() => bob.pending === 0, 5_000, 'end of what is pending');
    const { aborted, violations } = await seen(bob);
    expect(aborted).to.have.length(20);
    expect(violations).to.deep.equal([]);
    expect(primary.violations).to.deep.equal([]);
  });
});

/** Resolves when a worker has sent a message of this type. */
async function nextMessage(primary: ClusterPrimary, type: string): Promise<void> {
  const filter = ({ data }: { readonly data: PrimaryEvents['workerMessage'] }) => {
    return (data.message as { readonly type?: unknown }).type === type;
  };
  await primary.once('workerMessage', { filter });
}
