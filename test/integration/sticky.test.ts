import { Agent, request } from 'node:http';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { ClusterPrimary, type StickyOptions } from '../../lib/index.js';
import { next, nextOf } from '../support/events.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { until, withDeadline } from '../support/with-deadline.js';

type ClientOptions = Partial<ManagerOptions & SocketOptions>;

/** A client of the chat. */
interface Chatter {
  readonly socket: Socket;
  readonly key: string;
}

const chatters: Chatter[] = [];

const make = (sticky: StickyOptions, workerCount: number) =>
  new ClusterPrimary({ workerScript: fixture('chatroom'), workerCount, sticky, watchdog: false });

/** A primary with two workers that serve, and the port. */
async function open(sticky: StickyOptions, workerCount = 2) {
  const primary = make(sticky, workerCount);
  const listening = next(primary, 'workerListening', workerCount);
  await primary.ready;
  const port = (await listening)[0]?.address.port ?? 0;
  return { primary, port };
}

/** From an address of its own, with a connection for each request. */
function chatterFrom(port: number, localAddress: string, options: ClientOptions = {}): Chatter {
  // The types know only an agent's name in a browser; what Node's transports take is `http.Agent`.
  const agent = new Agent({ localAddress, keepAlive: false } as object) as never;
  const socket = io(`http://127.0.0.1:${port}`, { agent, forceNew: true, reconnectionDelay: 20, ...options });
  const chatter = { socket, key: localAddress };
  chatters.push(chatter);
  return chatter;
}

const addresses = Array.from({ length: 8 }, (_, index) => `127.0.0.${index + 2}`);

/** What the client's worker is called; the answer says it. */
async function say({ socket }: Chatter, text: string): Promise<string> {
  const answer: string = await withDeadline(socket.timeout(8_000).emitWithAck('say', text), 9_000, 'answer');
  const [worker = '', said] = answer.split(': ');
  expect(said).to.equal(text);
  return worker;
}

/** Every client says something several times; who answered, by client, each worker once. */
async function answerers(all: readonly Chatter[], times = 5): Promise<string[]> {
  const ask = async (chatter: Chatter) => {
    const names = new Set<string>();
    for (let i = 0; i < times; i++) names.add(await say(chatter, `${chatter.key} ${i}`));
    return [...names].join(' and ');
  };
  return Promise.all(all.map(ask));
}

/** How often the clients lost their session from now on. */
function losses(all: readonly Chatter[]): () => string[] {
  const lost: string[] = [];
  for (const { socket, key } of all) {
    socket.on('disconnect', reason => lost.push(`${key}: ${reason}`));
    socket.on('connect_error', error => lost.push(`${key}: ${error.message}`));
  }
  return () => lost;
}

const transportsOf = (all: readonly Chatter[]) => new Set(all.map(({ socket }) => socket.io.engine.transport.name));

function get(port: number, path: string, localAddress: string): Promise<string> {
  const answer = new Promise<string>((resolve, reject) => {
    const asking = request({ port, path, localAddress, host: '127.0.0.1', agent: false }, async response => {
      resolve((await response.setEncoding('utf8').toArray()).join(''));
    });
    asking.on('error', reject).end();
  });
  return withDeadline(answer, 5_000, 'answer');
}

describe('sticky sessions', () => {
  afterEach(() => {
    for (const { socket } of chatters.splice(0)) socket.disconnect();
  });

  leavesNothingBehind();

  it('keep a client that polls at its worker', async () => {
    const { primary, port } = await open({});
    await using _ = primary;
    const all = addresses.map(address => chatterFrom(port, address, { transports: ['polling'] }));
    const lost = losses(all);

    const answered = await answerers(all, 10);

    expect(new Set(answered)).to.deep.equal(new Set(['default-0', 'default-1']));
    expect(lost()).to.deep.equal([]);
    expect(transportsOf(all)).to.deep.equal(new Set(['polling']));
  });

  it('keep it when it upgrades to a WebSocket', async () => {
    const { primary, port } = await open({});
    await using _ = primary;
    const all = addresses.map(address => chatterFrom(port, address));
    const lost = losses(all);

    const before = await answerers(all, 2);
    await until(() => transportsOf(all).has('websocket') && transportsOf(all).size === 1, 5_000, 'upgrade of all');

    expect(await answerers(all)).to.deep.equal(before);
    expect(lost()).to.deep.equal([]);
  });

  it('are found by what a client says: a parameter of its request', async () => {
    const by: StickyOptions['by'] = ({ head }) => /[?&]room=(\w+)/.exec(head ?? '')?.[1] ?? '';
    const { primary, port } = await open({ by, readHead: true });
    await using _ = primary;
    const all = ['soup', 'salad', 'bread', 'wine', 'tea', 'soup', 'wine'].map(room =>
      chatterFrom(port, '127.0.0.1', { query: { room } }),
    );
    const lost = losses(all);

    const answered = await answerers(all);

    expect(new Set(answered)).to.deep.equal(new Set(['default-0', 'default-1']));
    expect([answered[5], answered[6]]).to.deep.equal([answered[0], answered[3]]);
    expect(lost()).to.deep.equal([]);
  });

  it('outlive the crash of another worker, whose clients belong to its replacement', async () => {
    const { primary, port } = await open({});
    await using _ = primary;
    const start = (address: string, index: number) =>
      chatterFrom(port, address, index % 2 ? { transports: ['polling'] } : {});
    const all = addresses.map(start);
    const before = await answerers(all);
    const others = all.filter((_each, index) => before[index] === 'default-1');
    for (const each of all) if (!others.includes(each)) each.socket.disconnect();
    const lost = losses(others);
    const replaced = nextOf(primary, 'workerReady');

    primary.workers.find(({ name }) => name === 'default-0')?.kill('SIGKILL');
    const meanwhile = answerers(others, 20);
    await replaced;

    expect(new Set(await meanwhile)).to.deep.equal(new Set(['default-1']));
    expect(lost()).to.deep.equal([]);
    expect(await answerers(addresses.map(start))).to.deep.equal(before);
  });

  it('move to the same slots when all workers are reloaded', async () => {
    const { primary, port } = await open({});
    await using _ = primary;
    const all = addresses.map((address, index) =>
      chatterFrom(port, address, index % 2 ? { transports: ['polling'] } : {}),
    );
    const before = await answerers(all);
    // A server that says goodbye wants no client to come back by itself.
    for (const { socket } of all) socket.on('disconnect', reason => void (/server/.test(reason) && socket.connect()));

    await primary.reload();

    expect(await answerers(all)).to.deep.equal(before);
  });

  it('refuse nobody while the only worker crashes and is replaced', async () => {
    const { primary, port } = await open({}, 1);
    await using _ = primary;
    const gone = nextOf(primary, 'workerExit');
    primary.workers[0]?.kill('SIGKILL');
    await gone;

    const answers = await Promise.all(addresses.map(address => get(port, '/', address)));

    expect(new Set(answers)).to.deep.equal(new Set(['default-0']));
  });

  const poisons: readonly [title: string, path: string, address: string][] = [
    ['request', '/kill', '127.0.0.1'],
    ['connection', '/', '127.0.0.66'],
  ];
  for (const [title, path, address] of poisons) {
    for (const readHead of [false, true]) {
      it(`try no ${title} again that killed its worker${readHead ? ', though its head was read' : ''}`, async () => {
        const { primary, port } = await open({ readHead });
        await using _ = primary;
        const exits: string[] = [];
        primary.after('workerExit', ({ data: { worker } }) => void exits.push(worker.name));
        const replaced = nextOf(primary, 'workerReady');

        // Reset, or, if its head was read before, answered by a worker that is about to end.
        await get(port, path, address).catch(error => expect(error.code).to.equal('ECONNRESET'));
        await replaced;
        await get(port, '/', '127.0.0.1');

        expect(exits).to.have.lengthOf(1);
      });
    }
  }
});
