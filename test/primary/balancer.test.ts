import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { InvalidOptionError } from '../../lib/errors/errors.js';
import { Balancer, type RoundRobinOptions } from '../../lib/primary/balancer.js';
import type { Member } from '../../lib/primary/roster.js';

function worker(id: number, group = 'api'): Member {
  return { id, name: `${group}-${id}`, group };
}

function balancerOf(...members: readonly Member[]): Balancer<Member> {
  const balancer = new Balancer<Member>();
  for (const member of members) balancer.add(member);
  return balancer;
}

function take(balancer: Balancer<Member>, count: number, options?: RoundRobinOptions): (number | undefined)[] {
  return Array.from({ length: count }, () => balancer.roundRobin(options)?.id);
}

/** The same promise kept by sorting, without rings. */
class BalancerModel {
  #members: readonly Member[] = [];
  readonly #selected = new Map<string, number>();
  #calls = 0;

  add(member: Member): boolean {
    if (this.#members.includes(member)) return false;

    this.#members = [...this.#members, member];
    return true;
  }

  remove(member: Member): boolean {
    if (!this.#members.includes(member)) return false;

    this.#members = this.#members.filter(each => each !== member);
    for (const key of this.#selected.keys()) if (key.endsWith(` ${member.id}`)) this.#selected.delete(key);
    return true;
  }

  roundRobin({ tag = '', group }: RoundRobinOptions): Member | undefined {
    const last = (member: Member) => this.#selected.get(`${group}/${tag} ${member.id}`) ?? 0;
    const candidates = this.#members.filter(member => group === undefined || member.group === group);
    const [first] = [...candidates].sort((one, other) => last(one) - last(other));
    if (first !== undefined) this.#selected.set(`${group}/${tag} ${first.id}`, ++this.#calls);
    return first;
  }
}

describe('Balancer', () => {
  it('refuses a tag that is no string', () => {
    // @ts-expect-error a number is no tag
    expect(() => new Balancer().roundRobin({ tag: 5 })).to.throw(
      InvalidOptionError,
      'Expected `tag` to be a string, got `5` (number)',
    );
  });

  const [one, two, three, four] = [worker(1), worker(2), worker(3), worker(4)];

  it('gives undefined when there is no worker, or none in the group', () => {
    expect(new Balancer().roundRobin()).to.equal(undefined);
    expect(balancerOf(one).roundRobin({ group: 'jobs' })).to.equal(undefined);
  });

  it('shares 10,000 selections exactly over 4 workers, in a fixed cycle', () => {
    const selected = take(balancerOf(one, two, three, four), 10_000);

    expect(selected).to.deep.equal(Array.from({ length: 10_000 }, (_, at) => (at % 4) + 1));
  });

  it('turns independently for each tag', () => {
    const balancer = balancerOf(one, two);

    expect(take(balancer, 3, { tag: 'a' })).to.deep.equal([1, 2, 1]);
    expect(take(balancer, 2, { tag: 'b' })).to.deep.equal([1, 2]);
    expect(take(balancer, 2, { tag: 'a' })).to.deep.equal([2, 1]);
  });

  it('turns independently for each group, and for all together', () => {
    const balancer = balancerOf(one, worker(5, 'jobs'), two);

    expect(take(balancer, 3, { group: 'api' })).to.deep.equal([1, 2, 1]);
    expect(take(balancer, 2, { group: 'jobs' })).to.deep.equal([5, 5]);
    expect(take(balancer, 4)).to.deep.equal([1, 5, 2, 1]);
  });

  it('selects a newcomer before any that was selected before, in each tag', () => {
    const balancer = balancerOf(one, two);
    take(balancer, 3, { tag: 'a' });
    take(balancer, 2, { tag: 'b' });

    balancer.add(three);

    expect([take(balancer, 3, { tag: 'a' }), take(balancer, 3, { tag: 'b' })]).to.deep.equal([
      [3, 2, 1],
      [3, 1, 2],
    ]);
  });

  it('never selects one that was removed, in any tag', () => {
    const balancer = balancerOf(one, two, three);
    take(balancer, 1, { tag: 'a' });

    balancer.remove(two);

    expect([take(balancer, 3, { tag: 'a' }), take(balancer, 3, { tag: 'b' })]).to.deep.equal([
      [3, 1, 3],
      [1, 3, 1],
    ]);
  });

  it('gives undefined when all were removed, and goes on when one comes', () => {
    const balancer = balancerOf(one);
    take(balancer, 1);
    balancer.remove(one);
    const without = take(balancer, 1);

    balancer.add(two);

    expect([without, take(balancer, 1)]).to.deep.equal([[undefined], [2]]);
  });

  it('says whether there was anything to add or to remove', () => {
    const balancer = new Balancer<Member>();

    expect([balancer.remove(one), balancer.add(one), balancer.add(one), balancer.remove(one)]).to.deep.equal([
      false,
      true,
      false,
      true,
    ]);
  });

  it('forgets the tag least recently used when there are too many', () => {
    const balancer = new Balancer<Member>({ maxTags: 2 });
    for (const member of [one, two, three]) balancer.add(member);

    for (const tag of ['a', 'b', 'a', 'c']) take(balancer, 1, { tag });

    expect(take(balancer, 1, { tag: 'a' }), 'remembered').to.deep.equal([3]);
    expect(take(balancer, 1, { tag: 'b' }), 'forgotten, starts anew').to.deep.equal([1]);
  });

  it('tells the order of the turns, for each tag and group', () => {
    const balancer = balancerOf(one, worker(5, 'jobs'), two);
    take(balancer, 1, { tag: 'a' });
    const ids = (options: RoundRobinOptions) => [...balancer.inTurn(options)].map(({ id }) => id);

    expect([ids({}), ids({ tag: 'a' }), ids({ group: 'api' })]).to.deep.equal([
      [1, 5, 2],
      [5, 2, 1],
      [1, 2],
    ]);
    expect(ids({ group: 'nobody' })).to.deep.equal([]);
  });

  it('counts one that somebody else selected, for the tag and group', () => {
    const balancer = balancerOf(one, two, three);

    expect(balancer.take(two, { tag: 'a', group: 'api' })).to.equal(true);

    expect(take(balancer, 3, { tag: 'a', group: 'api' })).to.deep.equal([1, 3, 2]);
    expect(take(balancer, 3, { tag: 'a' })).to.deep.equal([1, 2, 3]);
    expect([balancer.take(four), balancer.take(one, { group: 'nobody' })]).to.deep.equal([false, false]);
  });

  it('does what the model does, for any sequence of calls', () => {
    const members = [one, two, three, worker(5, 'jobs'), worker(6, 'jobs')];
    const options = fc.record({
      tag: fc.constantFrom(undefined, 'a', 'b'),
      group: fc.constantFrom(undefined, 'api', 'jobs', 'nobody'),
    });
    const verb = fc.constantFrom('add', 'remove', 'roundRobin', 'roundRobin', 'roundRobin');
    fc.assert(
      fc.property(fc.array(fc.tuple(verb, fc.constantFrom(...members), options), { maxLength: 80 }), calls => {
        const balancer = new Balancer<Member>();
        const model = new BalancerModel();
        for (const [which, member, selection] of calls) {
          const [did, should] = [balancer, model].map(each =>
            which === 'roundRobin' ? each.roundRobin(selection) : each[which as 'add' | 'remove'](member),
          );
          expect(did).to.equal(should);
        }
      }),
      { numRuns: 500 },
    );
  });
});
