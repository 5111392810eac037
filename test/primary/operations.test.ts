import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PreventedError, ShutDownError } from '../../lib/errors/errors.js';
import { type OperationDesk, Operations } from '../../lib/primary/operations.js';
import type { Failure, OperationOrder } from '../../lib/supervision/operation.js';
import { exitOf } from '../support/exit-records.js';
import { slotOf, type Told } from '../support/worker-process.js';

const order: OperationOrder = { kind: 'drain', groups: ['api'] };
const other: OperationOrder = { kind: 'resume', groups: ['api'] };
const report = { replaced: ['api-0'], notReplaced: ['api-1'], rolledBack: [] };
const bad = new Error('burnt');

/** A desk that writes down what it is asked; an order joins the operation of the same kind that is `running`. */
class FakeDesk implements OperationDesk {
  isClosed = false;
  readonly told: Told = [];
  readonly running = new Map<string, number>();
  /** What happens while the operation is set going. */
  whenRun: (operation: number) => void = () => {};
  #latest = 0;

  begin(given: OperationOrder, join: boolean) {
    const operation = (join ? this.running.get(given.kind) : undefined) ?? ++this.#latest;
    this.running.set(given.kind, operation);
    this.told.push(['begin', operation, join]);
    const run = () => {
      this.told.push(['run', operation]);
      this.whenRun(operation);
    };
    return { operation, run };
  }

  abort(operation: number): void {
    this.told.push(['abort', operation]);
  }

  succeeded(given: OperationOrder): void {
    this.told.push(['succeeded', given]);
  }

  errorOf(failure: Failure): Error {
    this.told.push(['errorOf', failure]);
    return bad;
  }

  get names(): readonly string[] {
    return this.told.map(([name]) => name);
  }
}

function setUp() {
  const desk = new FakeDesk();
  return { desk, operations: new Operations(desk) };
}

describe('Operations', () => {
  it('resolves when the operation has reached its goal, which is told first', async () => {
    const { desk, operations } = setUp();
    const settled = operations.run(order).then(settlement => {
      desk.told.push(['resolved']);
      return settlement;
    });
    operations.settle(1, { report });

    expect(await settled).to.deep.equal({ report });
    expect(desk.told).to.deep.equal([['begin', 1, true], ['run', 1], ['succeeded', order], ['resolved']]);
  });

  it('waits as long as the operation is not settled, whatever else is', async () => {
    const { desk, operations } = setUp();
    const first = operations.run(order).then(() => desk.told.push(['first']));
    const second = operations.run(other).then(() => desk.told.push(['second']));
    operations.settle(2, {});
    await second;
    expect(desk.names).not.to.include('first');

    operations.settle(1, {});
    await first;

    expect(desk.names.slice(-3)).to.deep.equal(['second', 'succeeded', 'first']);
  });

  it('survives an operation that is over as soon as it runs', async () => {
    const { desk, operations } = setUp();
    desk.whenRun = operation => operations.settle(operation, {});

    expect(await operations.run(order)).to.deep.equal({ report: undefined });
  });

  it('begins nothing while nothing can be', async () => {
    const { desk, operations } = setUp();
    desk.isClosed = true;

    const { failed } = await operations.run(order);

    expect(failed?.why).to.equal('shutDown');
    expect(failed?.reason).to.be.instanceOf(ShutDownError);
    expect(desk.told).to.deep.equal([]);
  });

  it('settles for all who joined, and tells once', async () => {
    const { desk, operations } = setUp();
    const both = Promise.all([operations.run(order), operations.run(order)]);
    operations.settle(1, { report });

    expect(await both).to.deep.equal([{ report }, { report }]);
    expect(desk.names.filter(name => name === 'succeeded')).to.have.lengthOf(1);
  });

  it('ignores what is settled twice, or that nobody waits for', () => {
    const { desk, operations } = setUp();
    void operations.run(order);
    operations.settle(1, {});
    operations.settle(1, {});
    operations.settle(9, {});

    expect(desk.names).to.deep.equal(['begin', 'run', 'succeeded']);
  });

  describe('of which one fails', () => {
    const slot = slotOf('api-1');
    const reasonOf = async (failure: Failure) => {
      const { desk, operations } = setUp();
      const settled = operations.run(order);
      operations.settle(1, { failure, report });
      return { desk, settlement: await settled };
    };

    it('tells what was done by then, and is no success', async () => {
      const { desk, settlement } = await reasonOf({ why: 'shutDown' });

      expect(settlement.report).to.equal(report);
      expect(desk.names).not.to.include('succeeded');
    });

    it('says that the cluster shuts down', async () => {
      const { settlement } = await reasonOf({ why: 'shutDown' });

      expect(settlement.failed?.reason).to.be.instanceOf(ShutDownError).and.include({
        message: 'The cluster is shutting down',
      });
    });

    it('says whose fork was prevented', async () => {
      const { settlement } = await reasonOf({ why: 'vetoed', slot });

      expect(settlement.failed?.reason)
        .to.be.instanceOf(PreventedError)
        .and.deep.include({ message: 'A subscriber prevented a fork of `api-1`', details: { event: 'fork' } });
    });

    for (const failure of [
      { why: 'exit', slot, generation: 2, exit: exitOf() },
      { why: 'groupFailed', group: 'api' },
    ] as const) {
      it(`asks the desk for the error: ${failure.why}`, async () => {
        const { desk, settlement } = await reasonOf(failure);

        expect(settlement.failed?.reason).to.equal(bad);
        expect(desk.told.at(-1)).to.deep.equal(['errorOf', failure]);
      });
    }
  });

  describe('with a signal', () => {
    it('joins nobody', () => {
      const { desk, operations } = setUp();
      void operations.run(order);
      void operations.run(order, new AbortController().signal);

      expect(desk.told.filter(([name]) => name === 'begin')).to.deep.equal([
        ['begin', 1, true],
        ['begin', 2, false],
      ]);
    });

    it('begins nothing when it is aborted already', async () => {
      const { desk, operations } = setUp();

      const settlement = await operations.run(order, AbortSignal.abort(bad));

      expect(settlement).to.deep.equal({ report: undefined, failed: { why: 'aborted', reason: bad } });
      expect(desk.told).to.deep.equal([]);
    });

    it('has the operation aborted, and fails for its reason when that is done', async () => {
      const { desk, operations } = setUp();
      const abort = new AbortController();
      const settled = operations.run(order, abort.signal);
      abort.abort(bad);
      expect(desk.told.at(-1)).to.deep.equal(['abort', 1]);
      operations.settle(1, { failure: { why: 'aborted' }, report });

      expect(await settled).to.deep.equal({ report, failed: { why: 'aborted', reason: bad } });
    });

    it('gives its reason to those who joined, too', async () => {
      const { operations } = setUp();
      const abort = new AbortController();
      void operations.run(order, abort.signal);
      const joined = operations.run(order);
      abort.abort(bad);
      operations.settle(1, { failure: { why: 'aborted' } });

      expect(await joined).to.have.nested.property('failed.reason', bad);
    });

    it('reaches its goal all the same when the abort comes too late', async () => {
      const { operations } = setUp();
      const abort = new AbortController();
      const settled = operations.run(order, abort.signal);
      abort.abort(bad);
      operations.settle(1, { report });

      expect(await settled).to.deep.equal({ report });
    });

    it('aborts nothing any more once the operation is over', async () => {
      const { desk, operations } = setUp();
      const abort = new AbortController();
      const settled = operations.run(order, abort.signal);
      operations.settle(1, {});
      await settled;
      abort.abort(bad);

      expect(desk.names).not.to.include('abort');
    });
  });
});
