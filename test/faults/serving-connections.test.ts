import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { policies } from '../support/serving.js';
import { ServingProgram } from '../support/serving-program.js';
import { withDeadline } from '../support/with-deadline.js';

const request = 'GET /small HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Id: 1\r\n\r\n';
const upgrade = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

/** What has come over a connection, and whether it has ended. */
interface Line {
  readonly socket: Socket;
  readonly text: () => string;
  readonly closed: Promise<void>;
}

/** Says something, and resolves when all that is expected has come back. */
async function say(port: number, words: string, expected: RegExp): Promise<Line> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let text = '';
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()));
  const heard = new Promise<void>((resolve, reject) => {
    socket.on('data', chunk => {
      text += chunk;
      if (expected.test(text)) resolve();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
  });
  socket.write(words);
  await withDeadline(heard, 10_000, 'answer', () => `; it said ${text}`);
  return { socket, text: () => text, closed };
}

const startUpgraded = (manner: string, drainTimeout = 10_000) =>
  ServingProgram.start(
    { workerCount: 1, workerScript: `${fixture('web-sockets')}`, drainTimeout },
    { WEB_MANNER: manner },
  );

describe('connections of a server that stops', function () {
  this.timeout(60_000);
  leavesNothingBehind();

  for (const schedulingPolicy of policies) {
    it(`are closed, a thousand idle ones, in 100 ms, under the policy ${schedulingPolicy}`, async () => {
      const env = { WEB: JSON.stringify({ idleGrace: 0 }) };
      await using program = await ServingProgram.start({ schedulingPolicy, workerCount: 1 }, env);
      const lines: Line[] = [];
      for (let batch = 0; batch < 10; batch++) {
        const more = Array.from({ length: 100 }, () => say(program.port, request, /here is 1\. $/));
        lines.push(...(await Promise.all(more)));
      }

      await program.shutDown();
      await Promise.all(lines.map(({ closed }) => closed));

      const [report] = program.reports;
      expect(report).to.include({ connections: 1_000, idle: 1_000, cut: 0, handedOver: 0 });
      expect(report?.duration).to.be.lessThan(100);
    });
  }

  it('are ended if they are upgraded, and nobody has another idea', async () => {
    await using program = await startUpgraded('default');
    const line = await say(program.port, `${upgrade}hello`, /hello$/);

    await program.shutDown();
    await line.closed;

    expect(program.reports).to.have.lengthOf(1);
    expect(program.reports[0]).to.include({ connections: 1, handedOver: 1, cut: 0, idle: 0 });
    expect(program.reports[0]?.duration).to.be.lessThan(5_000);
  });

  it('are given to the worker if they are upgraded, with the time that is left', async () => {
    await using program = await startUpgraded('farewell');
    const line = await say(program.port, `${upgrade}hello`, /hello$/);

    await program.shutDown();
    await line.closed;

    expect(line.text()).to.match(/hellofarewell\n$/);
    const [told] = program.messages('socketDrain');
    expect(told?.message).to.include({ upgraded: true });
    expect(told?.message?.left).to.be.within(8_000, 10_000);
    expect(program.reports[0]).to.include({ handedOver: 1, cut: 0 });
  });

  it('are kept if the worker wants, but not beyond the deadline', async () => {
    await using program = await startUpgraded('stay', 1_000);
    const line = await say(program.port, `${upgrade}hello`, /hello$/);

    const end = program.shutDown();
    await program.event('message', ({ message }) => message?.type === 'socketDrain');
    const start = performance.now();
    line.socket.write('still there');
    await line.closed;
    const duration = performance.now() - start;
    await end;

    expect(line.text()).to.match(/hellostill there$/);
    expect(duration).to.be.within(500, 2_500);
    expect(program.reports[0]).to.include({ connections: 1, handedOver: 1, cut: 1 });
    expect(program.exits.map(({ code, signal }) => ({ code, signal }))).to.deep.equal([{ code: 0, signal: null }]);
  });

  it('are closed as WebSockets are, if `ws` does it', async () => {
    await using program = await startUpgraded('ws');
    const client = new WebSocket(`ws://127.0.0.1:${program.port}`);
    await new Promise(resolve => client.once('open', resolve));
    const echoed = new Promise(resolve => client.once('message', data => resolve(`${data}`)));
    client.send('hello');
    expect(await echoed).to.equal('hello');

    const closed = new Promise(resolve => client.once('close', (code, reason) => resolve([code, `${reason}`])));
    await program.shutDown();

    expect(await closed).to.deep.equal([1001, 'farewell']);
    expect(program.reports[0]).to.include({ connections: 1, handedOver: 1, cut: 0 });
  });
});
