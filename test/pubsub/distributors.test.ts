import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type Distributing, Distributors } from '../../lib/pubsub/distributors.js';

class Member implements Distributing<Member> {
  released = false;
  readonly distributors: Distributors<Member> = new Distributors<Member>(this);

  release(): void {
    this.released = true;
    this.distributors.release();
  }
}

function members(): [Member, Member, Member] {
  return [new Member(), new Member(), new Member()];
}

describe('Distributors', () => {
  it('lead to the object itself first, then to the nearest', () => {
    const [a, b, c] = members();
    const d = new Member();
    a.distributors.add(b);
    b.distributors.add(d);
    a.distributors.add(c);

    expect(a.distributors.path).to.deep.equal([a, b, c, d]);
    expect(d.distributors.path).to.deep.equal([d]);
    expect([a.distributors.empty, d.distributors.empty]).to.deep.equal([false, true]);
  });

  it('lead to each once, also in a circle', () => {
    const [a, b, c] = members();
    a.distributors.add(a);
    a.distributors.add(b);
    a.distributors.add(b);
    b.distributors.add(c);
    c.distributors.add(a);

    expect(a.distributors.path).to.deep.equal([a, b, c]);
    expect(c.distributors.path).to.deep.equal([c, a, b]);
  });

  it('see a change anywhere on the path', () => {
    const [a, b, c] = members();
    a.distributors.add(b);
    const before = a.distributors.path;

    b.distributors.add(c);
    const between = a.distributors.path;
    const deleted = [b.distributors.delete(c), b.distributors.delete(c)];

    expect([before, between, a.distributors.path]).to.deep.equal([
      [a, b],
      [a, b, c],
      [a, b],
    ]);
    expect(deleted).to.deep.equal([true, false]);
  });

  it('never change a path that somebody may run through', () => {
    const [a, b, c] = members();
    a.distributors.add(b);
    const { path } = a.distributors;

    a.distributors.add(c);
    a.distributors.release();

    expect(path).to.deep.equal([a, b]);
    expect(a.distributors.path).to.deep.equal([a]);
  });

  it('let go who is destroyed, with whom it led to', () => {
    const [a, b, c] = members();
    a.distributors.add(b);
    b.distributors.add(c);

    b.release();

    expect(a.distributors.path).to.deep.equal([a]);
    expect([a.distributors.empty, b.distributors.empty]).to.deep.equal([true, true]);
  });

  it('are neither destroyed nor those of a destroyed object', () => {
    const [a, b] = members();
    b.release();

    a.distributors.add(b);
    b.distributors.add(a);

    expect([a.distributors.empty, b.distributors.empty]).to.deep.equal([true, true]);
  });
});
