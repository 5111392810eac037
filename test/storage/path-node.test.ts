import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { PathNode } from '../../lib/storage/path-node.js';
import { arbitraryPath, pathTo } from '../support/changes.js';

function contentOf(node: PathNode<string>, path: readonly string[] = []): string[] {
  const own = [...node.members].map(member => `${member}@${path.join('.')}`);
  return [...own, ...[...node.children].flatMap(([segment, child]) => contentOf(child, [...path, segment]))];
}

function sizeOf(node: PathNode<string>): number {
  return [...node.children.values()].reduce((sum, child) => sum + sizeOf(child), 1);
}

describe('PathNode', () => {
  it('keeps several members at the same path, each once', () => {
    const root = new PathNode<string>();
    for (const member of ['x', 'y', 'x']) root.add(['a', 'b'], member);

    expect(contentOf(root)).to.deep.equal(['x@a.b', 'y@a.b']);
  });

  it('deletes nothing that is not there', () => {
    const root = new PathNode<string>();
    root.add(['a', 'b'], 'x');

    expect([root.delete(['a'], 'x'), root.delete(['a', 'b'], 'y'), root.delete(['b'], 'x')]).to.deep.equal([
      false,
      false,
      false,
    ]);
    expect(contentOf(root)).to.deep.equal(['x@a.b']);
  });

  it('has as many nodes as lead to a member', () => {
    const call = fc.tuple(fc.constantFrom('add', 'delete'), arbitraryPath(2), fc.constantFrom('x', 'y'));
    fc.assert(
      fc.property(fc.array(call, { size: '+1', maxLength: 80 }), calls => {
        const root = new PathNode<string>();
        const model = new Set<string>();
        for (const [verb, path, member] of calls) {
          const key = `${member}@${path}`;
          const did = root[verb as 'add' | 'delete'](pathTo(path).segments, member);
          if (verb === 'add') model.add(key);
          else expect(did).to.equal(model.delete(key));
        }
        expect(contentOf(root)).to.have.members([...model]);
        expect(sizeOf(root)).to.equal(nodesFor(model));
      }),
    );
  });
});

function nodesFor(members: ReadonlySet<string>): number {
  const nodes = new Set(['']);
  for (const member of members) {
    const { segments } = pathTo(member.slice(2));
    for (const index of segments.keys()) nodes.add(segments.slice(0, index + 1).join('.'));
  }
  return nodes.size;
}
