import { expect } from 'chai';
import { describe, it } from 'mocha';
import { InvalidOptionError, UnknownOptionError } from '../../lib/errors/errors.js';
import { resolveOptions } from '../../lib/lifecycle/option-table.js';
import { groupsDeclaration, overlaid } from '../../lib/primary/group-options.js';
import { string } from '../../lib/util/check.js';

const declarations = {
  workerCount: { default: 1 },
  workerScript: string,
  restart: { fields: { policy: { default: 'permanent' }, backoff: { fields: { initial: { default: 100 } } } } },
  heartbeat: { orFalse: true, fields: { interval: { default: 2_000 } } },
  gracefulOnSignals: {},
};

function resolve(groups: object) {
  return resolveOptions({ groups }, { groups: groupsDeclaration(declarations) }, 'ClusterPrimary').groups;
}

describe('group-options', () => {
  describe('groupsDeclaration', () => {
    it('has no defaults, since what a group leaves out is as the top level says', () => {
      expect(resolve({ api: {} }))
        .to.have.deep.property('api')
        .that.deep.includes({
          workerCount: undefined,
          script: undefined,
          restart: { policy: undefined, backoff: { initial: undefined } },
        });
    });

    it('keeps what may be `false`', () => {
      const heartbeats = resolve({ api: { heartbeat: false }, jobs: {} }) as object;

      expect(Object.values(heartbeats).map(({ heartbeat }) => heartbeat)).to.deep.equal([
        false,
        { interval: undefined },
      ]);
    });

    it('keeps the rules of the top level', () => {
      expect(() => resolve({ api: { script: 1 } })).to.throw(
        InvalidOptionError,
        'Expected `groups.api.script` to be a string, got `1` (number)',
      );
    });

    for (const name of ['workerScript', 'gracefulOnSignals', 'groups', 'toString']) {
      it(`refuses \`${name}\` in a group`, () => {
        expect(() => resolve({ api: { [name]: './api.js' } })).to.throw(
          UnknownOptionError,
          `ClusterPrimary has no option \`groups.api.${name}\``,
        );
      });
    }

    it('suggests what was meant', () => {
      expect(() => resolve({ api: { scirpt: './api.js' } })).to.throw(
        UnknownOptionError,
        'ClusterPrimary has no option `groups.api.scirpt`; did you mean `groups.api.script`?',
      );
    });

    for (const name of ['a', 'default', 'constructor', 'eu-west.api:2_b', `a${'b'.repeat(63)}`]) {
      it(`lets a group be called \`${name}\``, () => {
        expect(Object.keys(resolve({ [name]: {} }) as object)).to.deep.equal([name]);
      });
    }

    for (const name of ['', '1', '42', '-a', '__proto__', 'a b', 'a/b', 'é', `a${'b'.repeat(64)}`]) {
      it(`refuses a group called \`${name}\``, () => {
        expect(() => resolve(Object.fromEntries([[name, {}]])))
          .to.throw(InvalidOptionError, 'Expected `a name in groups` to be a letter and up to 63 letters, digits or')
          .with.property('details')
          .that.deep.equals({ option: 'a name in groups', value: name });
      });
    }

    for (const name of ['all', 'others', 'primary']) {
      it(`refuses a group called \`${name}\`, which is a destination of messages`, () => {
        expect(() => resolve({ [name]: {} })).to.throw(InvalidOptionError, 'neither all, others nor primary, got');
      });
    }
  });

  describe('overlaid', () => {
    it('is what the group says, and for the rest what the top level says', () => {
      const top = { workerScript: './worker.js', workerSilent: true, workerCount: 2, gracefulOnSignals: [] };

      expect(overlaid(top, { script: './api.js', workerCount: 0, silent: undefined })).to.deep.equal({
        ...{ workerScript: './api.js', workerSilent: true, workerCount: 0, gracefulOnSignals: [] },
      });
    });

    it('leaves alone what no group may have of its own', () => {
      expect(overlaid({ schedulingPolicy: 'rr' }, { schedulingPolicy: 'none' })).to.deep.equal({
        schedulingPolicy: 'rr',
      });
    });
  });
});
