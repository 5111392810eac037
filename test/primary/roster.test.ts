import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Member, Roster } from '../../lib/primary/roster.js';

function worker(id: number, name = `api-${id}`): Member {
  return { id, name, group: 'api' };
}

describe('Roster', () => {
  it('knows every live worker by id and by name, ready or not', () => {
    const roster = new Roster();
    const one = worker(1);

    roster.add(one);

    expect([roster.get(1), roster.named('api-1'), roster.byId[1], roster.size]).to.deep.equal([one, one, one, 1]);
    expect([roster.get(2), roster.named('api-2'), roster.isReady(one)]).to.deep.equal([undefined, undefined, false]);
  });

  it('lists the ready ones in the order they became ready', () => {
    const roster = new Roster();
    const [one, two, three] = [worker(1), worker(2), worker(3)];
    for (const each of [one, two, three]) roster.add(each);

    for (const each of [three, one]) roster.markReady(each);

    expect(roster.ready).to.deep.equal([three, one]);
    expect([...roster]).to.deep.equal([one, two, three]);
  });

  it('counts one that leaves as live, and not as ready', () => {
    const roster = new Roster();
    const one = worker(1);
    roster.add(one);
    roster.markReady(one);

    roster.markLeaving(one);

    expect([roster.ready, roster.isReady(one), roster.get(1)]).to.deep.equal([[], false, one]);
  });

  it('forgets one whose process is gone', () => {
    const roster = new Roster();
    const one = worker(1);
    roster.add(one);
    roster.markReady(one);

    roster.remove(one);

    expect([roster.ready, roster.get(1), roster.named('api-1'), Object.keys(roster.byId)]).to.deep.equal([
      [],
      undefined,
      undefined,
      [],
    ]);
  });

  it('says of every change whether there was anything to change', () => {
    const roster = new Roster();
    const one = worker(1);

    const early = [roster.markReady(one), roster.markLeaving(one), roster.remove(one)];
    const first = [roster.add(one), roster.markReady(one), roster.markLeaving(one), roster.remove(one)];
    roster.add(one);
    roster.markReady(one);
    const again = [roster.add(one), roster.markReady(one), roster.remove(worker(1)), roster.markReady(worker(1))];

    expect([early, first, again]).to.deep.equal([
      [false, false, false],
      [true, true, true, true],
      [false, false, false, false],
    ]);
  });

  it('gives a name to the newcomer, and back when the newcomer fails', () => {
    const roster = new Roster();
    const [old, newcomer] = [worker(1, 'chef'), worker(2, 'chef')];
    roster.add(old);

    roster.add(newcomer);
    const during = roster.named('chef');
    roster.remove(newcomer);

    expect([during, roster.named('chef')]).to.deep.equal([newcomer, old]);
  });

  it('leaves a name with the newcomer when the old one goes', () => {
    const roster = new Roster();
    const [old, newcomer] = [worker(1, 'chef'), worker(2, 'chef')];
    roster.add(old);
    roster.add(newcomer);

    roster.remove(old);

    expect(roster.named('chef')).to.equal(newcomer);
  });

  it('leaves a name with the old one until the newcomer takes over', () => {
    const roster = new Roster();
    const [old, newcomer] = [worker(1, 'chef'), worker(2, 'chef')];
    roster.add(old);

    roster.add(newcomer, { hasName: false });
    const before = roster.named('chef');
    roster.rename(newcomer);
    const after = roster.named('chef');
    roster.remove(old);

    expect([before, after, roster.named('chef')]).to.deep.equal([old, newcomer, newcomer]);
  });

  it('gives a name that means nobody to a newcomer, too', () => {
    const roster = new Roster();
    const [old, newcomer, spare] = [worker(1, 'chef'), worker(2, 'chef'), worker(3, 'spare')];
    roster.add(old);
    roster.add(newcomer, { hasName: false });
    roster.add(spare, { hasName: false });
    const before = roster.named('spare');
    roster.remove(old);

    expect([before, roster.named('chef')]).to.deep.equal([spare, newcomer]);
  });

  it('takes its old name from a worker that has moved, unless it means another by now', () => {
    const roster = new Roster();
    const moved: { id: number; name: string; group: string } = worker(1, 'spare');
    roster.add(moved);
    moved.name = 'chef';

    roster.rename(moved, 'spare');
    const names = [roster.named('chef'), roster.named('spare')];
    const next = worker(2, 'spare');
    roster.add(next);
    roster.rename(moved, 'spare');

    expect([...names, roster.named('spare')]).to.deep.equal([moved, undefined, next]);
  });

  it('forgets the new name of a worker that has moved when it is gone', () => {
    const roster = new Roster();
    const moved: { id: number; name: string; group: string } = worker(1, 'spare');
    roster.add(moved, { hasName: false });
    moved.name = 'chef';
    roster.rename(moved, 'spare');
    roster.remove(moved);

    expect([roster.named('chef'), roster.named('spare')]).to.deep.equal([undefined, undefined]);
  });

  describe('views', () => {
    it('are frozen, and the same until something changes', () => {
      const roster = new Roster();
      roster.add(worker(1));
      const { ready, byId } = roster;

      expect([roster.ready, roster.byId]).to.deep.equal([ready, byId]);
      expect(roster.ready).to.equal(ready).and.to.be.frozen;
      expect(roster.byId).to.equal(byId).and.to.be.frozen;
    });

    it('stay as they were when something changes', () => {
      const roster = new Roster();
      const one = worker(1);
      const before = [roster.ready, roster.byId];

      roster.add(one);
      roster.markReady(one);

      expect(before.map(view => Object.keys(view))).to.deep.equal([[], []]);
      expect([roster.ready, roster.byId[1]]).to.deep.equal([[one], one]);
    });

    it('by id have nothing but workers', () => {
      expect(Object.getPrototypeOf(new Roster().byId)).to.equal(null);
    });
  });

  it('agrees with itself, after any calls', () => {
    const members = [1, 2, 3, 4].map(id => worker(id, id % 2 === 0 ? 'chef' : `api-${id}`));
    const verbs = fc.constantFrom('add', 'markReady', 'markLeaving', 'remove');
    fc.assert(
      fc.property(fc.array(fc.tuple(verbs, fc.constantFrom(...members))), calls => {
        const roster = new Roster();
        for (const [verb, member] of calls) {
          roster[verb as 'add'](member);
          const live = [...roster];
          expect(Object.values(roster.byId)).to.have.members(live);
          expect(live).to.include.members([...roster.ready]);
          for (const { name } of members) {
            const namesakes = live.filter(each => each.name === name);
            expect(roster.named(name)).to.equal(namesakes.at(-1));
          }
        }
      }),
    );
  });

  it('lets a name mean one of those who have it, after any calls, newcomers and moves included', () => {
    const verbs = fc.constantFrom('add', 'addNewcomer', 'takeOver', 'move', 'remove');
    fc.assert(
      fc.property(fc.array(fc.tuple(verbs, fc.nat({ max: 3 }))), calls => {
        const members = [1, 2, 3, 4].map(id => ({ ...worker(id, id % 2 === 0 ? 'chef' : `spare-${id}`) }));
        const roster = new Roster<Member>();
        for (const [verb, index] of calls) {
          const member = members[index] as { id: number; name: string; group: string };
          const nameBefore = member.name;
          const isLive = roster.get(member.id) !== undefined;
          if (verb === 'add') roster.add(member);
          else if (verb === 'addNewcomer') roster.add(member, { hasName: false });
          else if (verb === 'remove') roster.remove(member);
          else if (isLive) {
            // A spare worker moves into the place of a chef.
            if (verb === 'move') member.name = 'chef';
            roster.rename(member, nameBefore);
            expect(roster.named(member.name)).to.equal(member);
          }
          const names = new Set(['chef', ...members.map(({ id }) => `spare-${id}`)]);
          for (const name of names) {
            const namesakes = [...roster].filter(each => each.name === name);
            expect(roster.named(name)).to.be.oneOf(namesakes.length > 0 ? namesakes : [undefined]);
          }
        }
      }),
    );
  });
});
