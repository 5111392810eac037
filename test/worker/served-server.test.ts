import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { DestroyedError, InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';
import { Deadline } from '../../lib/util/deadline.js';
import { servedServer } from '../support/served.js';
import { settled } from '../support/settled.js';
import { localServer } from '../support/sockets.js';
import { rejection } from '../support/thrown.js';

const host = '127.0.0.1';
const counts = { connections: 3, idle: 1, handedOver: 1, cut: 0 };

/** One that listens. */
async function listening(...args: Parameters<typeof servedServer>) {
  const each = servedServer(...args);
  each.served.open();
  const address = await each.served.listening;
  return { ...each, address };
}

describe('ServedServer', () => {
  it('listens when it is opened, and tells', async () => {
    using each = servedServer();
    const { served, server } = each;
    expect(served.address).to.equal(undefined);
    served.open();
    served.open();
    const address = await served.listening;

    expect(served.address).to.equal(address).and.to.include({ address: host, addressType: 4 });
    expect(each.told).to.deep.equal([['serverListening', { server, address }]]);
    expect(each.line.acts).to.deep.equal(['listen']);
  });

  it('knows how many connections are open', () => {
    using each = servedServer();
    each.drain.size = 4;

    expect(each.served.connections).to.equal(4);
  });

  it('tells the primary that it listens where Node does not', async () => {
    const address = { address: host, port: 4_000, addressType: 4 } as const;
    using each = servedServer({ port: 4_000, host });
    each.line.answers = [{ act: 'route', address }];
    each.served.open();
    await each.served.listening;

    expect(each.line.said.at(-1)).to.deep.equal({ act: 'listening', address });
  });

  it('gets no more connections from the primary as soon as its user closes it, whatever is open still', async () => {
    using each = servedServer({ port: 4_000, host });
    each.line.answers = [{ act: 'route', address: { address: host, port: 4_000, addressType: 4 } }];
    each.served.open();
    await each.served.listening;
    // Node tells of the end of a server when it has no connection any more.
    each.server.removeAllListeners('close').close();
    await settled();

    expect(each.line.acts.at(-1)).to.equal('close');
  });

  it('that cannot listen tells the primary, and leaves the server alone', async () => {
    const { server: other, port } = await localServer();
    using each = servedServer({ port, host });
    each.served.open();

    expect(await rejection(each.served.listening)).to.include({ code: 'EADDRINUSE' });
    expect(each.line.acts).to.deep.equal(['listen', 'failed']);
    expect(each.drain.calls).to.deep.equal(['release']);
    expect([each.served.hasEnded, each.ends(), each.line.ends]).to.deep.equal([true, 1, 1]);
    expect(await each.served.close()).to.equal(undefined);
    other.close();
  });

  describe('let go by close()', () => {
    it('listens no more, asks the primary, and only then drains', async () => {
      using each = await listening();
      each.line.silent = true;
      const report = each.served.close();
      await settled();
      expect(each.server.listening).to.equal(false);
      expect(each.line.acts).to.deep.equal(['listen', 'close']);
      expect(each.drain.calls).to.deep.equal([]);
      each.line.answer();
      await settled();
      expect(each.drain.calls).to.deep.equal(['begin']);

      each.drain.counts = counts;
      each.clock.advance(50);
      each.drain.empties();

      const expected = { ...counts, resets: 0, duration: 50 };
      expect(await report).to.deep.equal(expected);
      const { server, address } = each;
      expect(each.told.at(-1)).to.deep.equal(['serverClose', { server, address, report: expected }]);
      expect(each.line.said.at(-1)).to.deep.equal({ act: 'closed', address, report: expected });
      expect(each.drain.calls).to.deep.equal(['begin', 'release']);
      expect([each.ends(), each.line.ends, each.clock.pending]).to.deep.equal([1, 1, 0]);
    });

    it('joins whoever does so, too', async () => {
      using each = await listening();
      const reports = [each.served.close(), each.served.close({ timeout: 500 })];
      await settled();
      each.drain.empties();

      const [first, second] = await Promise.all(reports);
      expect(first).to.equal(second);
      expect(each.names()).to.deep.equal(['serverListening', 'serverClose']);
    });

    it('cuts what is left when the time is over', async () => {
      using each = await listening();
      each.drain.size = 2;
      const report = each.served.close({ timeout: 500 });
      await settled();
      each.clock.advance(499);
      expect(each.drain.calls).to.deep.equal(['begin']);
      each.clock.advance(1);

      expect(await report).to.deep.include({ cut: 2, duration: 500 });
      expect(each.drain.calls).to.deep.equal(['begin', 'cut', 'release']);
    });

    it('cuts also when the primary has not answered by then', async () => {
      using each = await listening();
      each.line.silent = true;
      each.drain.size = 1;
      const report = each.served.close({ timeout: 100 });
      await settled();
      each.clock.advance(100);

      expect(await report).to.deep.include({ cut: 1 });
      expect(each.drain.calls).to.deep.equal(['cut', 'begin', 'release']);
    });

    it('waits for the primary five seconds at most', async () => {
      using each = await listening();
      each.line.silent = true;
      void each.served.close();
      await settled();
      each.clock.advance(4_999);
      await settled();
      expect(each.drain.calls).to.deep.equal([]);
      each.clock.advance(1);
      await settled();

      expect(each.drain.calls).to.deep.equal(['begin']);
    });

    it('does not wait for a primary that is gone', async () => {
      using each = await listening();
      each.line.silent = true;
      const report = each.served.close();
      await settled();
      each.line.breaks(new Error('gone'));
      await settled();
      each.drain.empties();

      expect(await report).to.include({ cut: 0 });
    });

    it('before it listened never will, which is no crash', async () => {
      using each = servedServer();

      expect(await each.served.close()).to.equal(undefined);
      expect(await rejection(each.served.listening)).to.be.instanceOf(DestroyedError);
      each.served.open();
      await settled();
      expect(each.server.listening).to.equal(false);
      expect(each.line.said).to.deep.equal([]);
      expect(each.told).to.deep.equal([]);
    });

    it('while it is about to listen waits for that', async () => {
      using each = servedServer();
      each.line.silent = true;
      each.served.open();
      await settled();
      const report = each.served.close();
      await settled();
      expect(each.line.acts).to.deep.equal(['listen']);
      each.line.silent = false;
      each.line.answer();
      await each.served.listening;
      await settled();
      each.drain.empties();

      expect(await report).to.include({ connections: 0 });
      expect(each.names()).to.deep.equal(['serverListening', 'serverClose']);
    });

    it('does not wait for ever for one that never listens', async () => {
      using each = servedServer({});
      each.served.open();
      const report = each.served.close();
      await settled();
      each.clock.advance(5_000);

      expect(await report).to.equal(undefined);
      expect(await rejection(each.served.listening)).to.be.instanceOf(DestroyedError);
      expect(each.line.acts).to.deep.equal(['failed']);
    });

    it('keeps one from listening for which nobody waited', async () => {
      using each = servedServer({});
      each.served.open();
      const report = each.served.close({ timeout: 10 });
      await settled();
      each.clock.advance(10);
      await report;
      each.server.listen(0, host);
      await once(each.server, 'listening');
      await settled();

      expect(each.server.listening).to.equal(false);
      expect(each.told).to.deep.equal([]);
      expect(each.ends()).to.equal(1);
    });

    for (const [options, error] of [
      [7, InvalidOptionError],
      [{ timeout: -1 }, InvalidOptionError],
      [{ timeout: Number.NaN }, InvalidOptionError],
      [{ timeuot: 1 }, UnknownOptionError],
    ] as const) {
      it(`refuses ${inspect(options)}, and goes on`, async () => {
        using each = await listening();

        expect(await rejection(each.served.close(options as object))).to.be.instanceOf(error);
        expect([each.served.isLeaving, each.server.listening]).to.deep.equal([false, true]);
      });
    }

    it('counts what was reset with a socket that only this process had', async () => {
      using each = servedServer({}, createServer().listen(0, host), { balance: 'reusePort' });
      each.served.open();
      await each.served.listening;
      const report = each.served.close();
      await settled();
      each.drain.empties();

      expect(await report).to.include({ resets: 2 });
      expect(each.line.acts).to.deep.equal(['listening', 'close', 'closed']);
    });
  });

  it('that the user closes is let go, too', async () => {
    using each = await listening();
    each.server.close();
    await once(each.server, 'close');
    await settled();
    each.drain.empties();
    await each.served.empty();

    expect(each.line.acts).to.deep.equal(['listen', 'close', 'closed']);
    expect(each.names()).to.deep.equal(['serverListening', 'serverClose']);
    expect(each.server.listenerCount('close')).to.equal(0);
  });

  it('that the user closes while it drains drains on', async () => {
    using each = await listening();
    const report = each.served.close();
    each.server.close();
    await settled();
    each.drain.empties();

    expect(await report).to.include({ connections: 0 });
    expect(each.names()).to.deep.equal(['serverListening', 'serverClose']);
  });

  describe('of a worker that leaves', () => {
    it('is unbound when nothing is on its way any more, and is empty later', async () => {
      using each = await listening();
      const deadline = new Deadline(each.clock);
      await each.served.unbind(deadline);
      expect(each.drain.calls).to.deep.equal(['begin']);
      let isEmpty = false;
      const empty = each.served.empty().then(() => {
        isEmpty = true;
      });
      await settled();
      expect(isEmpty).to.equal(false);
      each.drain.empties();
      await empty;

      expect(each.names()).to.deep.equal(['serverListening', 'serverClose']);
    });

    it('is cut with it, once', async () => {
      using each = await listening();
      const deadline = new Deadline(each.clock);
      await each.served.unbind(deadline);
      each.drain.size = 1;
      deadline.cut();
      each.served.cut();
      await each.served.empty();

      expect(each.drain.calls).to.deep.equal(['begin', 'cut', 'release']);
    });

    it('is cut with it, too, when it was closed before, and has its deadline', async () => {
      using each = await listening();
      const report = each.served.close();
      await settled();
      const deadline = new Deadline(each.clock);
      deadline.set(300);
      void each.served.unbind(deadline);
      each.drain.parts.handOver(new Socket(), true);
      expect(each.told.at(-1)?.[1]).to.include({ upgraded: true, deadline: 300 });
      each.drain.size = 1;
      each.clock.advance(300);

      expect(await report).to.include({ cut: 1 });
    });

    it('has no time when there is none left', async () => {
      using each = await listening();
      each.line.silent = true;
      const deadline = new Deadline(each.clock);
      deadline.pass();
      await each.served.unbind(deadline);
      await each.served.empty();

      expect(each.drain.calls).to.deep.equal(['cut', 'begin', 'release']);
    });

    it('does not shorten the time of the worker by its own', async () => {
      using each = await listening();
      const deadline = new Deadline(each.clock);
      deadline.set(1_000);
      await each.served.unbind(deadline);
      const report = each.served.close({ timeout: 100 });
      each.clock.advance(100);
      await report;

      expect(deadline.signal.aborted).to.equal(false);
      expect(deadline.left).to.equal(900);
    });

    it('before it listened is unbound and empty at once', async () => {
      using each = servedServer();
      await each.served.unbind(new Deadline(each.clock));
      await each.served.empty();
      each.served.cut();

      expect(each.drain.calls).to.deep.equal(['release']);
    });
  });

  describe('of which connections are handed over', () => {
    it('publishes each with its deadline, Infinity for none', async () => {
      using each = await listening();
      void each.served.close();
      const socket = new Socket();
      each.drain.parts.handOver(socket, false);
      const { server } = each;
      const [name, told] = each.told.at(-1) as [string, { signal: AbortSignal }];
      const { signal, ...data } = told;

      expect(name).to.equal('socketDrain');
      expect(data).to.deep.equal({ socket, server, upgraded: false, deadline: Number.POSITIVE_INFINITY });
      expect(signal.aborted).to.equal(false);
    });

    it('has a signal that is aborted when the time is over', async () => {
      using each = await listening();
      void each.served.close({ timeout: 10 });
      await settled();
      each.drain.size = 1;
      each.drain.parts.handOver(new Socket(), true);
      const [, told] = each.told.at(-1) as [string, { signal: AbortSignal; deadline: number }];
      const { signal, deadline } = told;
      each.clock.advance(10);

      expect(deadline).to.equal(10);
      expect(signal.aborted).to.equal(true);
    });
  });

  it('refuses connections that the primary hands over though it listens by itself', async () => {
    using each = await listening();
    const handle = new Socket();
    each.takers[0]?.({ connection: 5, head: undefined, handle });

    expect(each.line.said.at(-1)).to.deep.equal({ act: 'taken', connection: 5, accepted: false });
    expect(handle.destroyed).to.equal(true);
  });

  it('takes no part in an adopted server but its end', async () => {
    const server = createServer().listen(0, host);
    using each = servedServer({}, server);
    each.served.open();
    await each.served.listening;
    const report = each.served.close();
    await settled();
    each.drain.empties();

    expect(await report).to.include({ connections: 0 });
    expect(each.line.acts).to.deep.equal(['close', 'closed']);
  });
});
