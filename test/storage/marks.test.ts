import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Deadline } from '../../lib/storage/expiries.js';
import { Marks, visitDeadlines } from '../../lib/storage/marks.js';
import { pathOf } from '../../lib/storage/storage-path.js';

const at = (text: string) => (text === '' ? [] : text.split('.'));

function versions(marks: Marks, ...paths: string[]): number[] {
  return paths.map(path => marks.version(at(path)));
}

function deadlineOf(path: string, expiresAt: number): Deadline {
  return new Deadline(pathOf(at(path)), expiresAt);
}

describe('Marks', () => {
  it('gives what was written at once the same version', () => {
    const marks = new Marks();
    marks.write(at('a.b.c'), 0, 1);

    expect(versions(marks, '', 'a', 'a.b', 'a.b.c', 'a.b.c.any.thing')).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it('raises what is above a later write, and nothing beside', () => {
    const marks = new Marks();
    marks.write(at('a'), 0, 1);
    marks.write(at('a.b.c'), 2, 2);
    marks.write(at('x'), 0, 3);

    expect(versions(marks, '', 'a', 'a.b', 'a.b.c', 'a.b.d', 'a.e', 'x')).to.deep.equal([3, 2, 2, 2, 1, 1, 3]);
  });

  it('forgets what was below what is replaced', () => {
    const marks = new Marks();
    marks.write(at('a'), 0, 1);
    marks.write(at('a.b.c'), 2, 2);
    marks.write(at('a.b'), 1, 3);

    expect(versions(marks, 'a', 'a.b', 'a.b.c', 'a.d')).to.deep.equal([3, 3, 3, 1]);
  });

  it('raises what is above something that is removed', () => {
    const marks = new Marks();
    marks.write(at('a'), 0, 1);
    marks.write(at('a.b'), 1, 2);
    marks.remove(at('a.b'), 3);

    expect(versions(marks, '', 'a', 'a.c')).to.deep.equal([3, 3, 1]);
  });

  it('begins anew at the root', () => {
    const marks = new Marks();
    marks.write(at('a.b'), 0, 1);
    marks.write([], -1, 2);
    expect(versions(marks, '', 'a', 'a.b')).to.deep.equal([2, 2, 2]);

    marks.remove([], 3);
    expect(versions(marks, '')).to.deep.equal([3]);
  });

  it('takes back writes, the last one first', () => {
    const marks = new Marks();
    marks.write(at('a'), 0, 1);
    marks.write(at('a.b'), 1, 2);
    const paths = ['', 'a', 'a.b', 'a.c', 'a.b.x'];
    const before = versions(marks, ...paths);

    const done = [
      marks.write(at('a.b.x.y'), 2, 3),
      marks.write(at('a.c'), 1, 4),
      marks.remove(at('a.b'), 5),
      marks.write(at('z.y'), 0, 6),
      marks.remove(at('a'), 7),
      marks.write([], -1, 8),
      marks.write(at('a.b'), 0, 9),
    ];
    for (const each of done.reverse()) marks.undo(each);

    expect(versions(marks, ...paths)).to.deep.equal(before);
  });

  it('says when something expires, and finds all deadlines of what was replaced', () => {
    const marks = new Marks();
    marks.write(at('a.b.c'), 0, 1);
    const deadlines = [deadlineOf('a.b', 5), deadlineOf('a.b.c', 6), deadlineOf('', 7)];
    for (const each of deadlines) expect(marks.expire(each.path.segments, each)).to.equal(undefined);

    expect(marks.deadline(at('a.b'))).to.equal(deadlines[0]);
    expect(marks.deadline([])).to.equal(deadlines[2]);
    expect([marks.deadline(at('a')), marks.deadline(at('x.y'))]).to.deep.equal([undefined, undefined]);
    expect(versions(marks, '', 'a', 'a.b', 'a.b.c')).to.deep.equal([1, 1, 1, 1]);

    const found: Deadline[] = [];
    const { previous } = marks.remove(at('a'), 2);
    visitDeadlines(previous, each => found.push(each));
    expect(found).to.have.members([deadlines[0], deadlines[1]]);
    expect(marks.deadline(at('a.b'))).to.equal(undefined);
  });

  it('gives the deadline that another takes the place of', () => {
    const marks = new Marks();
    marks.write(at('a'), 0, 1);
    const [one, other] = [deadlineOf('a', 5), deadlineOf('a', 6)];
    marks.expire(at('a'), one);

    expect(marks.expire(at('a'), other)).to.equal(one);
    expect(marks.deadline(at('a'))).to.equal(other);
  });

  it('takes versions as another store has kept them, parents first', () => {
    const marks = new Marks();
    for (const [path, version] of [
      ['', 2],
      ['a', 9],
      ['a.b', 4],
      ['a.b.c', 4],
      ['a.d', 12],
    ] as const)
      marks.place(at(path), version);

    expect(versions(marks, '', 'a', 'a.b', 'a.b.c', 'a.d')).to.deep.equal([12, 12, 4, 4, 12]);
  });
});

describe('visitDeadlines', () => {
  it('finds none where there are none', () => {
    const found: Deadline[] = [];
    for (const record of [undefined, 5]) visitDeadlines(record, each => found.push(each));

    expect(found).to.deep.equal([]);
  });
});
