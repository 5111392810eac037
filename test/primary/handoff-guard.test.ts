import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { HandoffGuard } from '../../lib/primary/handoff-guard.js';
import { Handoffs } from '../../lib/primary/handoffs.js';
import { afterInput } from '../../lib/util/clock.js';

/** A child process that is none: what Node would hear of it is in `heard`. */
class FakeProcess extends EventEmitter {
  channel: object | null = {};
  readonly sent: unknown[][] = [];
  readonly heard: unknown[] = [];
  guard: HandoffGuard | undefined;

  send(...values: unknown[]): boolean {
    this.sent.push(values);
    return true;
  }

  disconnect(): void {
    this.channel = null;
  }

  override emit(event: string, ...values: unknown[]): boolean {
    if (event === 'internalMessage') this.heard.push(this.guard?.heard(values[0]));
    return super.emit(event, ...values);
  }

  /** Sends a message as Node does to a worker. */
  tell(message: object, handle?: object): void {
    this.send({ cmd: 'NODE_CLUSTER', ...message }, handle);
  }

  /** As if the worker had sent it. */
  says(message: object): void {
    this.emit('internalMessage', { cmd: 'NODE_CLUSTER', ...message });
  }

  /** What Node has heard, in short. */
  get answers(): unknown[] {
    return this.heard.map(message => {
      const { cmd: _, ...rest } = message as { cmd: string };
      return rest;
    });
  }
}

function setUp(book = new Handoffs()) {
  const process = new FakeProcess();
  // As a ChildProcess, it has more than one way to be told.
  process.guard = new HandoffGuard(process as never, book);
  const listens = (key: string) => process.tell({ ack: 0, key, sockname: {} });
  const isSent = (seq: number, key = 'a') => process.tell({ act: 'newconn', seq, key }, {});
  return { process, book, listens, isSent };
}

/** Two workers that listen on address `a`. */
function setUpTwo() {
  const book = new Handoffs();
  const [one, other] = [setUp(book), setUp(book)];
  for (const { listens } of [one, other]) listens('a');
  return { one, other, book };
}

const turn = () => new Promise<void>(resolve => afterInput(resolve));

describe('HandoffGuard', () => {
  it('gives back what the worker was sent, once its process is gone and its channel was read to the end', () => {
    for (const order of ['channel first', 'process first']) {
      const { one, book } = setUpTwo();
      one.isSent(7);
      const ends = [() => one.process.disconnect(), () => one.process.emit('exit', 0)];
      if (order === 'process first') ends.reverse();

      ends[0]?.();
      expect(one.process.answers, order).to.deep.equal([{ act: 'close', key: 'a' }]);
      ends[1]?.();

      expect(one.process.answers.slice(1), order).to.deep.equal([{ ack: 7, accepted: false }]);
      expect(book.rescued).to.equal(1);
      expect(book.pending).to.equal(0);
    }
  });

  it('gives nothing back that the worker has answered for, however it did', () => {
    const { one, book } = setUpTwo();
    for (const seq of [1, 2, 3]) one.isSent(seq);
    for (const answer of [
      { ack: 1, accepted: true },
      { ack: 2, accepted: false },
    ])
      one.process.says(answer);
    one.process.disconnect();
    one.process.emit('exit', 0);

    expect(one.process.answers).to.deep.equal([
      { ack: 1, accepted: true },
      { ack: 2, accepted: false },
      { act: 'close', key: 'a' },
      { ack: 3, accepted: false },
    ]);
    expect(book.rescued).to.equal(1);
  });

  it('keeps what a worker was sent that closed its channel and lives', async () => {
    const { one, book } = setUpTwo();
    one.isSent(7);
    one.process.disconnect();
    await turn();

    expect(book.pending).to.equal(1);
    expect(one.process.answers).to.deep.equal([{ act: 'close', key: 'a' }]);
  });

  it('has Node close a connection for which there is nobody', () => {
    const { one, other, book } = setUpTwo();
    one.isSent(1);
    other.isSent(2);
    other.process.says({ act: 'close', key: 'a' });
    one.process.says({ act: 'close', key: 'a' });
    other.process.says({ ack: 2, accepted: false });
    one.process.disconnect();
    one.process.emit('exit', 0);

    expect(other.process.answers.at(-1)).to.deep.equal({ ack: 2, accepted: true });
    expect(one.process.answers.at(-1)).to.deep.equal({ ack: 1, accepted: true });
    expect(book.rescued).to.equal(0);
  });

  it('refuses an answer for a connection of another worker, and waits on for that of its own', () => {
    const { one, other } = setUpTwo();
    one.isSent(1);

    expect(() => other.process.says({ ack: 1, accepted: true })).to.throw('another worker');
    one.process.says({ ack: 1, accepted: true });

    expect(other.process.answers).to.deep.equal([]);
    expect(one.process.answers).to.deep.equal([{ ack: 1, accepted: true }]);
  });

  it('passes on whatever else comes in the name of Node', () => {
    const { process } = setUp();
    const messages = [
      ...[undefined, null, 1, 'text', [], {}, { cmd: 'NODE_HANDLE_ACK' }, { cmd: 'NODE_CLUSTER' }],
      ...[
        { cmd: 'NODE_CLUSTER', ack: {} },
        { cmd: 'NODE_CLUSTER', ack: Number.NaN },
      ],
      { cmd: 'NODE_CLUSTER', act: 'close', key: ['never heard of'] },
    ];
    for (const message of messages) process.emit('internalMessage', message);

    expect(process.heard).to.deep.equal(messages);
  });

  it('takes a worker off its addresses when it is told to disconnect', () => {
    const { one, book } = setUpTwo();
    one.process.tell({ act: 'disconnect' });

    expect(one.process.answers).to.deep.equal([{ act: 'close', key: 'a' }]);
    expect(book.addressesOf(one.process.guard ?? {})).to.deep.equal([]);
  });

  it('counts neither one that could not listen, nor one that accepts by itself', () => {
    const { process, book } = setUp();
    process.tell({ ack: 1, key: 'a', errno: -98 });
    process.tell({ ack: 1, key: 'b' }, {});
    process.tell({ ack: 1 });

    expect(book.addressesOf(process.guard ?? {})).to.deep.equal([]);
  });

  it('sends everything as it was, and says what came of it', () => {
    const { process } = setUp();
    const values = [[['frames']], {}, { keepOpen: true }, () => {}];

    expect(process.send(...values)).to.equal(true);
    process.send(null);

    expect(process.sent[0]).to.deep.equal(values);
    expect(process.sent[1]?.[0]).to.equal(null);
  });

  it('says that the worker is disconnected where Node does not', async () => {
    const { process } = setUp();
    let told = 0;
    process.on('disconnect', () => told++);

    process.disconnect();
    process.disconnect();
    await turn();
    await turn();

    expect(told).to.equal(1);
  });

  it('does not say it again, nor too early', async () => {
    const [said, open] = [setUp().process, setUp().process];
    let told = 0;
    for (const process of [said, open]) process.on('disconnect', () => told++);

    said.disconnect();
    said.emit('disconnect');
    open.disconnect();
    // What waits behind a handle is still to be written.
    open.channel = {};
    await turn();

    expect(told).to.equal(1);
  });

  it('leaves a process alone that has no channel', () => {
    const process = Object.assign(new EventEmitter(), { send: undefined });
    new HandoffGuard(process as never, new Handoffs());

    expect(() => process.emit('exit', 0)).not.to.throw();
  });
});
