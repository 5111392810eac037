import { createServer, Socket } from 'node:net';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ServeError } from '../../lib/errors/errors.js';
import { mostServers } from '../../lib/protocol/serve-guard.js';
import type { ServeOrder } from '../../lib/protocol/serving.js';
import { type HandedOver, ServerDesk } from '../../lib/worker/server-desk.js';
import { rejection } from '../support/thrown.js';

const spec = { port: 0, balance: 'shared', acrossGroups: false } as const;
const listen = { act: 'listen', spec } as const;
const close = { act: 'close' } as const;

function setUp() {
  const said: unknown[] = [];
  const violations: string[] = [];
  const desk = new ServerDesk({
    tell: (id, word) => void said.push([id, word]),
    violation: reason => void violations.push(reason),
  });
  return { desk, said, violations };
}

const nobody = () => {};

describe('ServerDesk', () => {
  it('says what servers ask, each with an id of its own, and gives each its answer', async () => {
    const { desk, said, violations } = setUp();
    const [first, second] = [desk.open(nobody), desk.open(nobody)];
    const answers = [first.ask(listen), second.ask(listen)];

    desk.take(2, { act: 'bind', port: 80 }, undefined);
    desk.take(1, { act: 'bind' }, undefined);

    expect(await Promise.all(answers)).to.deep.equal([{ act: 'bind' }, { act: 'bind', port: 80 }]);
    expect(said).to.deep.equal([
      [1, listen],
      [2, listen],
    ]);
    expect(violations).to.deep.equal([]);
  });

  it('does not take the answer to one question for that to another', async () => {
    const { desk } = setUp();
    const line = desk.open(nobody);
    const answers = [line.ask(listen), line.ask(close)];

    desk.take(1, close, undefined);
    expect(await answers[1]).to.equal(close);
    desk.take(1, { act: 'refuse', error: { message: 'no' } }, undefined);

    expect(await answers[0]).to.deep.equal({ act: 'refuse', error: { message: 'no' } });
  });

  it('asks once what is asked twice', async () => {
    const { desk, said } = setUp();
    const line = desk.open(nobody);
    const answers = [line.ask(close), line.ask(close)];
    desk.take(1, close, undefined);

    expect(await Promise.all(answers)).to.deep.equal([close, close]);
    expect(said).to.have.lengthOf(1);
    void line.ask(close);
    expect(said).to.have.lengthOf(2);
  });

  it('says what needs no answer', () => {
    const { desk, said } = setUp();
    desk.open(nobody).tell({ act: 'failed' });

    expect(said).to.deep.equal([[1, { act: 'failed' }]]);
  });

  const unexpected: readonly (readonly [what: string, id: number, order: ServeOrder])[] = [
    ['an answer that nobody asked for', 1, { act: 'bind' }],
    ['an answer to another question', 2, { act: 'close' }],
    ['an answer for nobody', 3, { act: 'close' }],
  ];
  for (const [what, id, order] of unexpected) {
    it(`refuses ${what}, and lets no handle leak`, () => {
      const { desk, violations } = setUp();
      desk.open(nobody);
      void desk.open(nobody).ask(listen);
      const socket = new Socket();
      desk.take(id, order, socket);

      expect(violations).to.deep.equal(['an unexpected word about a server']);
      expect(socket.destroyed).to.equal(true);
    });
  }

  it('closes a handle that came with an answer', async () => {
    const { desk } = setUp();
    const answer = desk.open(nobody).ask(close);
    const socket = new Socket();
    desk.take(1, close, socket);

    expect(await answer).to.equal(close);
    expect(socket.destroyed).to.equal(true);
  });

  describe('with connections', () => {
    const connection = { act: 'connection', connection: 7, head: 'GET' } as const;

    it('gives each to its server', () => {
      const { desk, said } = setUp();
      const taken: HandedOver[] = [];
      desk.open(nobody);
      desk.open(handed => void taken.push(handed));
      const handle = new Socket();
      desk.take(2, connection, handle);

      expect(taken).to.deep.equal([{ connection: 7, head: 'GET', handle }]);
      expect(said).to.deep.equal([]);
      handle.destroy();
    });

    it('does not take one for an answer', async () => {
      const { desk } = setUp();
      const line = desk.open(nobody);
      const answer = line.ask(close);
      desk.take(1, connection, createServer());
      desk.take(1, close, undefined);

      expect(await answer).to.equal(close);
    });

    for (const [what, id] of [
      ['lost its handle on the way', 1],
      ['is for nobody', 9],
    ] as const) {
      it(`gives back one that ${what}`, () => {
        const { desk, said, violations } = setUp();
        desk.open(() => expect.fail('it has no handle'));
        const socket = new Socket();
        desk.take(id, connection, id === 1 ? undefined : socket);

        expect(said).to.deep.equal([[id, { act: 'taken', connection: 7, accepted: false }]]);
        expect(violations).to.deep.equal([]);
        if (id !== 1) expect(socket.destroyed).to.equal(true);
      });
    }
  });

  describe('#close', () => {
    it('rejects what waits, and what is asked later, and says nothing more', async () => {
      const { desk, said } = setUp();
      const line = desk.open(nobody);
      const waiting = [rejection(line.ask(listen)), rejection(line.ask(close))];
      const reason = new Error('gone');
      desk.close(reason);

      expect(await Promise.all(waiting)).to.deep.equal([reason, reason]);
      expect(await rejection(line.ask(close))).to.equal(reason);
      expect(await rejection(desk.open(nobody).ask(listen))).to.equal(reason);
      line.tell({ act: 'failed' });
      expect(said).to.have.lengthOf(2);
    });

    it('is no crash when nobody looks at what was asked', async () => {
      const { desk } = setUp();
      void desk.open(nobody).ask(listen);
      desk.close(new Error('gone'));
      await new Promise(resolve => setImmediate(resolve));
    });
  });

  describe('an ended line', () => {
    it('leaves its id to the next server, once', () => {
      const { desk, said } = setUp();
      const first = desk.open(nobody);
      first.end();
      first.end();
      for (let i = 0; i < 2; i++) desk.open(nobody).tell({ act: 'failed' });

      expect(said).to.deep.equal([
        [1, { act: 'failed' }],
        [2, { act: 'failed' }],
      ]);
    });

    it('keeps its id when an answer may still come', () => {
      const { desk, said } = setUp();
      const first = desk.open(nobody);
      void first.ask(listen);
      first.end();
      desk.open(nobody).tell({ act: 'failed' });

      expect(said.at(-1)).to.deep.equal([2, { act: 'failed' }]);
    });
  });

  it('has room for as many servers as the primary allows, and for others in their place', () => {
    const { desk } = setUp();
    const lines = Array.from({ length: mostServers }, () => desk.open(nobody));

    expect(() => desk.open(nobody))
      .to.throw(ServeError, 'at most 1024 servers')
      .with.deep.property('details', { reason: 'too many servers' });
    lines[5]?.end();
    desk.open(nobody);
    expect(() => desk.open(nobody)).to.throw(ServeError);
  });
});
