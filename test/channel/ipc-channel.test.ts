import { type ChildProcess, fork, type SendHandle } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { IpcChannel, type IpcEndpoint } from '../../lib/channel/ipc-channel.js';
import { ChannelClosedError } from '../../lib/errors/errors.js';
import { ChannelInbox } from '../support/channel-inbox.js';
import { isGone } from '../support/processes.js';
import { channelContract, type Mirrored } from './channel-contract.js';

const fixture = new URL('../fixtures/channel-mirror.js', import.meta.url);

async function forked(serialization: 'json' | 'advanced'): Promise<Mirrored & { readonly child: ChildProcess }> {
  const child = fork(fixture, { serialization, env: { ...process.env, SERIALIZATION: serialization } });
  const channel = new IpcChannel(child, { name: 'child', serialization });
  const first = new ChannelInbox(channel);
  await first.first(1);
  const end = async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  return { child, channel, inbox: new ChannelInbox(channel), [Symbol.asyncDispose]: end };
}

for (const serialization of ['json', 'advanced'] as const) {
  channelContract(`IpcChannel (${serialization})`, () => forked(serialization));
}

/** An endpoint that does what its test says. */
class FakeEndpoint implements IpcEndpoint {
  connected = true;
  disconnects = 0;
  readonly listeners = new Map<string, ((...args: never[]) => void)[]>();
  readonly callbacks: ((error: Error | null) => void)[] = [];

  send(_message: unknown, _handle: SendHandle, _options: object, callback: (error: Error | null) => void): boolean {
    this.callbacks.push(callback);
    return true;
  }

  disconnect(): void {
    this.disconnects++;
  }

  on(event: string, listener: (...args: never[]) => void): void {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
  }

  emit(event: string, ...args: unknown[]): void {
    for (const listener of this.listeners.get(event) ?? []) listener(...(args as never[]));
  }
}

describe('IpcChannel', () => {
  it('fails what waits behind when the other process is killed', async () => {
    await using mirrored = await forked('json');
    mirrored.child.kill('SIGSTOP');
    const told: (Error | undefined)[] = [];
    for (let index = 0; index < 50; index++) {
      mirrored.channel.write('x'.repeat(100_000), undefined, error => told.push(error));
    }

    mirrored.child.kill('SIGKILL');
    await mirrored.inbox.closed;

    expect(told).to.have.lengthOf(50);
  });

  it('says as an error of its own that a write failed', async () => {
    const endpoint = new FakeEndpoint();
    const channel = new IpcChannel(endpoint, { name: 'worker 3' });
    const failed = new Promise<Error | undefined>(resolve => channel.write('a', undefined, resolve));

    const cause = new Error('EPIPE');
    endpoint.callbacks[0]?.(cause);

    const told = await failed;
    expect(told).to.be.instanceOf(ChannelClosedError);
    expect(told?.message).to.equal('The channel to worker 3 is closed');
    expect(told?.cause).to.equal(cause);
  });

  it('lets Node say that it is closed before it says that a write failed', async () => {
    await using mirrored = await forked('json');
    mirrored.child.kill('SIGKILL');
    // Node does not get to see that.
    while (!isGone(mirrored.child.pid ?? 0));
    let failures = 0;

    const writeAgain = () => {
      if (failures < 100_000) mirrored.channel.write('a', undefined, fail);
    };
    const fail = () => {
      failures++;
      if (mirrored.channel.connected) writeAgain();
    };
    writeAgain();
    await mirrored.inbox.closed;

    expect(failures).to.be.within(1, 99_999);
  });

  it('calls back for writes that Node forgets when the channel closes', () => {
    const endpoint = new FakeEndpoint();
    const channel = new IpcChannel(endpoint, { name: 'worker' });
    const told: (Error | undefined)[] = [];
    channel.write('a', undefined, error => told.push(error));

    endpoint.emit('disconnect');
    endpoint.callbacks[0]?.(null);

    expect(told).to.have.lengthOf(1);
    expect(told[0]).to.be.instanceOf(ChannelClosedError);
  });

  it('is closed over an endpoint that has no channel', () => {
    const endpoint = new FakeEndpoint();
    endpoint.connected = false;
    const channel = new IpcChannel(endpoint, { name: 'worker' });
    let told: Error | undefined;

    channel.write('a', undefined, error => {
      told = error;
    });
    channel.close();

    expect(told).to.be.instanceOf(ChannelClosedError);
    expect(endpoint.disconnects).to.equal(0);
  });

  it('says that it is closed even if Node never does', async () => {
    const endpoint = new FakeEndpoint();
    const channel = new IpcChannel(endpoint, { name: 'worker' });
    const inbox = new ChannelInbox(channel);
    const told = new Promise(resolve => channel.write('a', undefined, resolve));

    channel.close();
    channel.close();
    await inbox.closed;
    endpoint.emit('disconnect');

    expect(await told).to.be.instanceOf(ChannelClosedError);
    expect(inbox.closings).to.equal(1);
    expect(endpoint.disconnects).to.equal(1);
  });

  it('survives an error event of the process', () => {
    const endpoint = new FakeEndpoint();
    new IpcChannel(endpoint, { name: 'worker' });

    expect(endpoint.listeners.get('error')).to.have.lengthOf(1);
    expect(() => endpoint.emit('error', new Error('spawn'))).not.to.throw();
  });

  it('listens to the endpoint once, for whoever listened last', () => {
    const endpoint = new FakeEndpoint();
    const channel = new IpcChannel(endpoint, { name: 'worker' });
    const [first, last] = [new ChannelInbox(channel), new ChannelInbox(channel)];

    endpoint.emit('message', 'a');

    expect(first.payloads).to.deep.equal([]);
    expect(last.payloads).to.deep.equal(['a']);
    expect(endpoint.listeners.get('message')).to.have.lengthOf(1);
  });

  it('turns whatever `send` throws into an error', () => {
    const endpoint = new FakeEndpoint();
    endpoint.send = () => {
      throw 'no error';
    };
    let told: Error | undefined;

    new IpcChannel(endpoint, { name: 'worker' }).write('a', undefined, error => {
      told = error;
    });

    expect(told?.message).to.equal('no error');
  });
});
