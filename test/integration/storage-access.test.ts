import { expect } from 'chai';
import { describe, it } from 'mocha';
import { nextOf } from '../support/events.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { type Owner, one, openOwner, run, type Sharer, watchIn } from '../support/sharers.js';

const initial = {
  public: { menu: 'soup' },
  secret: { password: 'x-secret-x', plans: { for: 'everybody' } },
  mixed: { open: 1, shut: 'x-secret-x' },
};

function open(): Promise<Owner> {
  return openOwner({
    workerCount: 1,
    groups: { guests: { workerCount: 1 } },
    storage: {
      initial,
      access: {
        guests: { secret: 'none', 'secret.plans': 'read', 'mixed.shut': 'none', public: 'read', guests: 'write' },
      },
    },
  });
}

function guestOf(primary: Owner): Sharer {
  return primary.select({ group: 'guests' }) as Sharer;
}

const denied = (path: string, access: 'read' | 'write') => {
  return { code: 'CLUSTER_STORAGE_DENIED', details: { path, group: 'guests', access } };
};

describe('what a group may see of a shared storage, and change', () => {
  leavesNothingBehind();

  it('is only what it may read, by any method', async () => {
    await using primary = await open();
    const guest = guestOf(primary);
    const plans = { plans: { for: 'everybody' } };
    const seen = { public: initial.public, secret: plans, mixed: { open: 1 } };
    const hidden = denied('secret.password', 'read');

    expect(await run(guest, ['get', ''], ['peek', ''], ['get', 'secret'], ['peek', 'secret'])).to.deep.equal([
      ...[seen, seen, plans, plans],
    ]);
    expect(await run(guest, ['keys', 'secret'], ['keys', 'mixed'], ['keys'])).to.deep.equal([
      ...[['plans'], ['open'], ['public', 'secret', 'mixed']],
    ]);
    for (const method of ['get', 'peek', 'entry', 'keys']) {
      expect(await one(guest, method, 'secret.password'), method).to.deep.equal(hidden);
      expect(await one(guest, method, 'secret.password.length'), method).to.have.property('code', hidden.code);
    }
    const snapshot = (await one(guest, 'snapshot')) as { value: unknown };
    expect(snapshot.value).to.deep.equal(seen);
    expect(await one(guest, 'transaction', [{ type: 'check', path: 'mixed.shut', ifVersion: 0 }])).to.deep.equal(
      denied('mixed.shut', 'read'),
    );
  });

  it('is only what it may read, in its watches too', async () => {
    await using primary = await open();
    const guest = guestOf(primary);
    await watchIn(guest, 'all', '', { initial: true });
    await watchIn(guest, 'secret', 'secret.password');
    const { version } = await primary.storage.snapshot();

    await primary.storage.set('secret.password', 'another x-secret-x');
    await primary.storage.set('secret', { password: 'x-secret-x', plans: 'none' });
    await primary.storage.set('mixed', { shut: 'x-secret-x', open: 2 });
    await primary.storage.delete('secret');
    await primary.storage.set('public.menu', 'over');
    await watchIn(guest, 'since', '', { since: version });

    const expected = [
      ['secret', { plans: 'none' }],
      ['mixed', { open: 2 }],
      ['secret', null],
      ['public.menu', 'over'],
    ];
    const all = await guest.request({ message: { type: 'read', name: 'all', until: 'over' } });
    expect(all.seen.slice(1).map(([, path, value]) => [path, value ?? null])).to.deep.equal(expected);
    const since = await guest.request({ message: { type: 'read', name: 'since', until: 'over' } });
    expect(since.seen.map(([, path, value]) => [path, value ?? null])).to.deep.equal(expected);
    expect(JSON.stringify([all, since])).not.to.include('x-secret-x');
    const { failure } = await guest.request({ message: { type: 'read', name: 'secret' } });
    expect(failure).to.deep.equal(denied('secret.password', 'read'));
  });

  it('is only what it may write, whatever the way', async () => {
    await using primary = await open();
    const guest = guestOf(primary);
    const before = primary.storage.peek('');

    const refused = await run(
      guest,
      ['set', 'secret.password', 1],
      ['set', 'secret', 1],
      ['set', 'public.menu', 'cake'],
      ['delete', 'public'],
      ['increment', 'mixed.shut'],
      ['set', 'mixed', {}],
      ['delete', ''],
      ['restore', { version: 0, value: {}, expiries: {} }],
      ['create', 'secret.new', 1],
      [
        'transaction',
        [
          { type: 'set', path: 'guests.list', value: [] },
          { type: 'delete', path: 'secret.password' },
        ],
      ],
    );
    for (const outcome of refused) expect(outcome).to.have.property('code', 'CLUSTER_STORAGE_DENIED');
    expect(primary.storage.peek('')).to.equal(before);

    expect(await run(guest, ['set', 'guests.list', [1]], ['set', 'mixed.open', 2], ['set', 'new', 1])).to.deep.equal([
      ...[2, 3, 4],
    ]);
    expect(await one(primary.select({ group: 'default' }) as Sharer, 'set', 'secret.password', 'y')).to.equal(5);
  });

  it('never comes to its workers, not even in bytes', async () => {
    const payloads: string[] = [];
    await using primary = await open();
    // What is written to the channel of a replacement, from its first byte on.
    primary.on('workerFork', ({ data: { worker } }) => {
      const { process: child } = worker;
      const send = child.send.bind(child) as (...rest: unknown[]) => boolean;
      child.send = (...rest: unknown[]) => {
        payloads.push(JSON.stringify(rest[0]));
        return send(...rest);
      };
    });
    const ready = nextOf(primary, 'workerReady');
    guestOf(primary).kill('SIGKILL');
    await ready;
    const guest = guestOf(primary);

    await one(guest, 'attach');
    await watchIn(guest, 'all', '');
    await primary.storage.set('secret.password', 'x-secret-x');
    await primary.storage.transaction([
      { type: 'set', path: 'mixed', value: { shut: 'x-secret-x', open: 3 } },
      { type: 'set', path: 'secret', value: { password: 'x-secret-x', plans: 'gone' } },
    ]);
    await run(guest, ['get', ''], ['snapshot'], ['keys', 'secret'], ['get', 'secret.password'], ['get', 'mixed']);
    await watchIn(guest, 'since', '', { since: 1 });
    await one(guest, 'get', '');

    expect(payloads.join(' ')).to.include('gone').and.include('soup');
    expect(payloads.join(' ')).not.to.include('"password":').and.not.to.include('x-secret-x');
  });
});
