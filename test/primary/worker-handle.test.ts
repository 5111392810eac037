import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  InvalidOptionError,
  UnknownOptionError,
  UnserializableMessageError,
  WorkerExitedError,
} from '../../lib/errors/errors.js';
import { type ProcessBehindHandle, processOf } from '../../lib/primary/worker-handle.js';
import { beatFrame, errorFrame, replyFrame } from '../../lib/protocol/frame.js';
import { rejection } from '../support/thrown.js';
import { fakeProcess, readyProcess } from '../support/worker-process.js';

describe('WorkerHandle', () => {
  it('shows the process and its slot', () => {
    const { worker, fake, clock } = readyProcess();
    clock.advance(5);

    expect(worker.handle).to.include({
      ...{ id: 7, pid: 1_007, group: 'default', slot: 0, name: 'cook', generation: 1, state: 'ready' },
      ...{ status: 'IDLE', uptime: 5, pending: 0, exitedAfterDisconnect: false },
      ...{ process: fake.process, worker: fake.node },
    });
    expect(worker.handle.label).to.equal('cook (7)');
    expect(`${worker.handle}`).to.equal('cook (7)');
  });

  it('leads the library to its process', () => {
    const { worker } = readyProcess();

    expect(processOf(worker.handle)).to.equal(worker);
  });

  it('tells the end', async () => {
    const { worker, fake } = readyProcess();
    expect([worker.handle.isConnected(), worker.handle.isDead()]).to.deep.equal([true, false]);

    fake.exits(3);

    expect([worker.handle.isConnected(), worker.handle.isDead()]).to.deep.equal([false, true]);
    expect(await worker.handle.exited).to.include({ code: 3 });
  });

  describe('#send', () => {
    it('resolves to the handle', async () => {
      const { worker, fake } = readyProcess();
      const message = { type: 'cook', dish: 'soup' };

      expect(await worker.handle.send({ message })).to.equal(worker.handle);

      expect(fake.bodies).to.deep.equal([message]);
    });

    it('rejects what cannot be sent, which is no crash when nobody awaits it', async () => {
      const { worker } = readyProcess();
      void worker.handle.send({ message: { type: 'cook', amount: 1n } });

      expect(await rejection(worker.handle.send({ message: { type: 'cook', amount: 1n } }))).to.be.instanceOf(
        UnserializableMessageError,
      );
    });

    it('takes its message back when the signal aborts before the hello', async () => {
      const { worker, fake } = fakeProcess();
      const abort = new AbortController();
      const sent = worker.handle.send({ message: { type: 'cook' }, signal: abort.signal });

      abort.abort(new Error('closed'));
      expect(await rejection(sent)).to.have.property('message', 'closed');
      fake.becomesReady();

      expect(fake.bodies).to.deep.equal([]);
    });

    it('refuses an order that is none', async () => {
      const { worker } = readyProcess();

      // @ts-expect-error there is no message
      expect(await rejection(() => worker.handle.send({}))).to.be.instanceOf(InvalidOptionError);
      expect(
        await rejection(() => worker.handle.send({ message: { type: 'cook' }, ...{ timeout: 1 } })),
      ).to.be.instanceOf(UnknownOptionError);
    });
  });

  it('knows of the memory and the delay what the worker told last', () => {
    const { worker, fake } = readyProcess();
    expect([worker.handle.memory, worker.handle.delay]).to.deep.equal([undefined, undefined]);

    fake.says(beatFrame(0, { memory: 50_000_000, delay: 3 }));

    expect([worker.handle.memory, worker.handle.delay]).to.deep.equal([50_000_000, 3]);
  });

  describe('#request', () => {
    it('resolves with the answer, and counts as pending until then', async () => {
      const { worker, fake } = readyProcess();
      const asked = worker.handle.request({ message: { type: 'status' } });
      await undefined;
      expect(worker.handle.pending).to.equal(1);

      fake.says(replyFrame(fake.frames[0]?.[1] ?? 0, { busy: true }));

      expect(await asked).to.deep.equal({ busy: true });
      expect(worker.handle.pending).to.equal(0);
    });

    it('rejects with what the handler threw', async () => {
      const { worker, fake } = readyProcess();
      const asked = worker.handle.request({ message: { type: 'status' } });
      fake.says(errorFrame(fake.frames[0]?.[1] ?? 0, { name: 'TypeError', message: 'burnt' }));

      expect(await rejection(asked)).to.include({ message: 'burnt', code: 'CLUSTER_REMOTE' });
    });

    it('rejects with WorkerExitedError also when it was still being written as the worker died', async () => {
      const { worker, fake } = readyProcess();
      const asked = worker.handle.request({ message: { type: 'status' } });
      fake.exits(null, 'SIGKILL');

      expect(await rejection(asked)).to.be.instanceOf(WorkerExitedError);
    });

    it('rejects with WorkerExitedError when the channel is closed and the process lives on', async () => {
      const { worker, fake } = readyProcess();
      fake.process.disconnect();

      expect(await rejection(worker.handle.request({ message: { type: 'status' } })))
        .to.be.instanceOf(WorkerExitedError)
        .with.property('message', 'Worker `cook` (7) has closed its channel');
    });

    it('rejects at its timeout', async () => {
      const { worker, clock } = readyProcess();
      const asked = worker.handle.request({ message: { type: 'status' }, timeout: 20 });
      clock.advance(20);

      expect(await rejection(asked)).to.have.property('code', 'CLUSTER_REQUEST_TIMEOUT');
    });
  });

  describe('#kill', () => {
    it('sends SIGTERM unless it is told another signal', () => {
      const { worker, fake } = readyProcess();

      expect([worker.handle.kill(), worker.handle.kill('SIGUSR2')]).to.deep.equal([true, true]);

      expect(fake.process.signals).to.deep.equal(['SIGTERM', 'SIGUSR2']);
      expect(worker.handle.exitedAfterDisconnect).to.equal(false);
    });
  });

  describe('#recycle', () => {
    it('has the supervisor replace the worker, and resolves with the next one', async () => {
      const next = readyProcess().worker.handle;
      const asked: ProcessBehindHandle[] = [];
      const recycle = async (process: ProcessBehindHandle) => {
        asked.push(process);
        return next;
      };
      const { worker } = readyProcess({}, { retire: ({ exited }) => exited.promise, recycle });

      expect(await worker.handle.recycle()).to.equal(next);
      expect(asked).to.deep.equal([worker]);
    });

    it('rejects with why it was not replaced', async () => {
      const burnt = new Error('burnt');
      const recycle = () => Promise.reject(burnt);
      const { worker } = readyProcess({}, { retire: ({ exited }) => exited.promise, recycle });

      expect(await rejection(worker.handle.recycle())).to.equal(burnt);
    });
  });

  describe('#destroy', () => {
    function controlled() {
      const asked: unknown[] = [];
      const retire = ({ exited }: ProcessBehindHandle, ...rest: unknown[]) => {
        asked.push(rest);
        return exited.promise;
      };
      const recycle = () => Promise.reject(new Error('Nobody asked for that'));
      return { asked, ...readyProcess({}, { retire, recycle }) };
    }

    it('has the supervisor retire the worker, and resolves with the exit record', async () => {
      const { worker, fake, asked } = controlled();
      const destroyed = worker.handle.destroy({ timeout: 5 });
      fake.exits(0);

      expect(await destroyed).to.include({ code: 0 });
      expect(asked).to.deep.equal([['destroyed', 5]]);
    });

    it('is what `disconnect` does', async () => {
      const { worker, fake, asked } = controlled();
      const gone = worker.handle.disconnect();
      fake.exits(0);
      await gone;

      expect(asked).to.deep.equal([['destroyed', undefined]]);
    });

    it('refuses options that are none', async () => {
      const { worker, asked } = controlled();

      expect(await rejection(worker.handle.destroy({ timeout: -1 }))).to.have.property(
        'message',
        'Expected `timeout` to be a number >= 0 or Infinity, got `-1` (number)',
      );
      // @ts-expect-error the name is misspelt
      expect(await rejection(worker.handle.destroy({ timeuot: 1 }))).to.be.instanceOf(UnknownOptionError);
      // @ts-expect-error no object
      expect(await rejection(worker.handle.destroy(5))).to.be.instanceOf(InvalidOptionError);
      expect(asked).to.deep.equal([]);
    });
  });
});
