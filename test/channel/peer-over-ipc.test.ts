import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { IpcChannel } from '../../lib/channel/ipc-channel.js';
import { Peer } from '../../lib/channel/peer.js';
import { ChannelClosedError } from '../../lib/errors/errors.js';
import { systemClock } from '../../lib/util/clock.js';
import { Deferred } from '../../lib/util/deferred.js';
import { RecordingHooks } from '../support/conversation.js';

const fixture = new URL('../fixtures/peer-echo.js', import.meta.url);

interface Forked extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly peer: Peer;
  readonly hooks: RecordingHooks;
  readonly closed: Promise<void>;
}

async function forked(serialization: 'json' | 'advanced' = 'json'): Promise<Forked> {
  const child = fork(fixture, { serialization, env: { ...process.env, SERIALIZATION: serialization } });
  const [hello, closed] = [new Deferred<void>(), new Deferred<void>()];
  const hooks = new RecordingHooks();
  hooks.control = () => hello.resolve();
  hooks.closed = () => closed.resolve();
  const peer = new Peer(new IpcChannel(child, { name: 'child', serialization }), hooks, { clock: systemClock });
  // As a primary does: what is sent before the other side listens would be lost.
  peer.cork();
  void hello.promise.then(() => peer.uncork());
  const end = async () => {
    peer.close(new Error('the test is over'));
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  return { child, peer, hooks, closed: closed.promise, [Symbol.asyncDispose]: end };
}

describe('Peer over IPC', () => {
  for (const serialization of ['json', 'advanced'] as const) {
    it(`has thousands of requests answered (${serialization})`, async () => {
      await using other = await forked(serialization);
      const bodies = Array.from({ length: 3_000 }, (_, index) => ({ type: 'echo', index }));

      expect(await Promise.all(bodies.map(body => other.peer.request(body)))).to.deep.equal(bodies);
    });
  }

  it('survives sending to a process that was killed', async () => {
    await using other = await forked();
    await other.peer.request('ready');

    other.child.kill('SIGKILL');
    const waiting = other.peer.request('never').catch(error => error);
    await other.closed;
    const failure = await other.peer.send('late').catch(error => error);
    other.peer.close(new Error('exited'));

    expect(failure).to.be.instanceOf(ChannelClosedError);
    expect(await waiting).to.be.instanceOf(Error);
    expect(other.peer.pending + other.peer.queued).to.equal(0);
  });

  it('loses nothing small when a process exits at once after sending', async () => {
    await using other = await forked();

    await other.peer.send('flood');
    await other.closed;

    expect(other.hooks.messages).to.have.lengthOf(1_000);
  });
});
