import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { answerTimeout, openWatchdogLine, WatchdogLine } from '../../lib/primary/watchdog-line.js';
import { FakeClock } from '../support/fake-clock.js';

/** The socket to a watchdog that says what the test says. */
class FakeSocket extends EventEmitter {
  readonly asked: number[] = [];
  flowing = true;
  keepsAlive = true;
  destroyed = false;

  write(chunk: Uint8Array): void {
    this.asked.push(...chunk);
  }
  pause(): void {
    this.flowing = false;
  }
  resume(): void {
    this.flowing = true;
  }
  unref(): void {
    this.keepsAlive = false;
  }
  destroy(): void {
    this.destroyed = true;
  }
  says(text: string): void {
    if (this.flowing) this.emit('data', Buffer.from(text));
  }
}

function setUp() {
  const socket = new FakeSocket();
  const clock = new FakeClock();
  return { socket, clock, line: new WatchdogLine(socket, clock) };
}

describe('WatchdogLine', () => {
  it('asks, and has the answer', async () => {
    const { socket, clock, line } = setUp();
    const stack = line.ask();
    expect(socket.asked).to.deep.equal([1]);

    socket.says('[1,"spin (a:1');
    socket.says(':2)","run (b:3:4)"]\n');

    expect(await stack).to.deep.equal(['spin (a:1:2)', 'run (b:3:4)']);
    expect(clock.pending).to.equal(0);
  });

  it('does without an answer that takes too long', async () => {
    const { clock, line } = setUp();
    const stack = line.ask();
    clock.advance(answerTimeout);

    expect(await stack).to.equal(undefined);
  });

  it('passes over the late answer to an earlier question, and over what is none', async () => {
    const { socket, clock, line } = setUp();
    void line.ask();
    clock.advance(answerTimeout);
    const stack = line.ask();
    expect(socket.asked).to.deep.equal([1, 2]);

    socket.says('[1,"old"]\nnonsense\n[2,"new"]\n[2,"newer"]\n');

    expect(await stack).to.deep.equal(['new']);
  });

  it('reads nothing as long as it asks nothing', async () => {
    const { socket, line } = setUp();
    expect(socket.flowing).to.equal(false);
    const stack = line.ask();
    expect(socket.flowing).to.equal(true);
    socket.says('[1,"x"]\n');
    await stack;

    expect(socket.flowing).to.equal(false);
  });

  it('does not listen to a flood for long', async () => {
    const { socket, clock, line } = setUp();
    const stack = line.ask();
    for (let piece = 0; piece < 3; piece++) socket.says('x'.repeat(30_000));

    expect(await stack).to.equal(undefined);
    expect(socket.flowing).to.equal(false);
    expect(clock.pending).to.equal(0);
  });

  it('numbers its questions in a byte', async () => {
    const { socket, line } = setUp();
    for (let question = 0; question < 256; question++) void line.ask();
    const stack = line.ask();
    expect(socket.asked.slice(-2)).to.deep.equal([0, 1]);
    socket.says('[1,"x"]\n');

    expect(await stack).to.deep.equal(['x']);
  });

  it('survives the errors of its socket, and keeps nobody alive', () => {
    const { socket } = setUp();
    socket.emit('error', new Error('EPIPE'));

    expect(socket.keepsAlive).to.equal(false);
  });

  it('gives up when the worker is gone', async () => {
    const { socket, clock, line } = setUp();
    const stack = line.ask();
    line.close();

    expect(await stack).to.equal(undefined);
    expect(socket.destroyed).to.equal(true);
    expect(clock.pending).to.equal(0);
  });
});

describe('openWatchdogLine', () => {
  const stdio = (socket: unknown) => ({ stdio: [null, null, null, null, socket] as never });

  it('opens the line to a descriptor', async () => {
    const socket = new FakeSocket();
    const line = openWatchdogLine(stdio(socket), 4, new FakeClock());
    const stack = line?.ask();
    socket.says('[1,"x"]\n');

    expect(await stack).to.deep.equal(['x']);
  });

  it('has none where there is no descriptor, or nothing at it', () => {
    expect(openWatchdogLine(stdio(new FakeSocket()), undefined, new FakeClock())).to.equal(undefined);
    expect(openWatchdogLine(stdio(null), 4, new FakeClock())).to.equal(undefined);
    expect(openWatchdogLine({ stdio: undefined as never }, 4, new FakeClock())).to.equal(undefined);
  });
});
