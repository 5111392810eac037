import { expect } from 'chai';
import { describe, it } from 'mocha';
import { OutboxEntry } from '../../lib/channel/outbox-entry.js';
import { messageFrame } from '../../lib/protocol/frame.js';

describe('OutboxEntry', () => {
  it('has one promise, which resolves when it succeeds', async () => {
    const entry = new OutboxEntry(messageFrame('a'), undefined);
    const promise = entry.promise('worker 1');

    entry.succeed();

    expect(entry.promise('worker 1')).to.equal(promise);
    expect(await promise).to.equal('worker 1');
  });

  it('can fail without anybody seeing its rejection', async () => {
    const entry = new OutboxEntry(messageFrame('a'), undefined);
    const promise = entry.promise(undefined);

    entry.fail(new Error('lost'));

    expect(entry.waiting).to.equal(false);
    expect(await promise.catch(String)).to.equal('Error: lost');
  });

  it('needs no promise', () => {
    const entry = new OutboxEntry(messageFrame('a'), undefined);

    expect(() => entry.succeed()).not.to.throw();
    expect(() => entry.fail('x')).not.to.throw();
  });

  it('listens for an abort only while it waits', () => {
    const controller = new AbortController();
    const [waiting, written] = [
      new OutboxEntry(messageFrame(1), undefined),
      new OutboxEntry(messageFrame(2), undefined),
    ];
    const withdrawn: string[] = [];
    waiting.abortBy(controller.signal, () => withdrawn.push('waiting'));
    written.abortBy(controller.signal, () => withdrawn.push('written'));

    written.leave();
    controller.abort();

    expect(withdrawn).to.deep.equal(['waiting']);
  });
});
