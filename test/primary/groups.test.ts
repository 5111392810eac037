import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  InvalidOptionError,
  UnknownGroupError,
  UnknownOptionError,
  WorkerScriptNotFoundError,
} from '../../lib/errors/errors.js';
import type { Group, Groups } from '../../lib/primary/groups.js';
import type { ClusterPrimaryOptions } from '../../lib/primary/options.js';
import { fixture } from '../support/fixture.js';
import { groupsOf } from '../support/resolved-groups.js';
import { rejection } from '../support/thrown.js';

const names = (groups: Groups) => [...groups].map(({ name }) => name);

describe('Groups', () => {
  it('always has `default`, first', () => {
    expect(names(groupsOf())).to.deep.equal(['default']);
    expect(names(groupsOf({ groups: { api: {}, default: {}, jobs: {} } }))).to.deep.equal(['default', 'api', 'jobs']);
  });

  it('gives each group what the top level says, but for what it says itself', () => {
    const groups = groupsOf({
      workerCount: 1,
      workerArgs: ['--top'],
      workerSilent: true,
      serialization: 'advanced',
      readyTimeout: 5,
      groups: { api: { args: ['--api'], serialization: 'json', workerCount: 'auto', silent: false }, jobs: {} },
    });

    expect(groups.get('api').options).to.include({ workerCount: 'auto', serialization: 'json', readyTimeout: 5 });
    expect(groups.get('api').settings).to.deep.include({ args: ['--api'], serialization: 'json', silent: false });
    expect(groups.get('jobs').options).to.include({ workerCount: 1, serialization: 'advanced', readyTimeout: 5 });
    expect(groups.get('jobs').settings).to.deep.include({ args: ['--top'], serialization: 'advanced', silent: true });
  });

  it('lets `default` differ from the top level', () => {
    const groups = groupsOf({ workerArgs: ['--top'], groups: { default: { args: ['--default'] }, api: {} } });

    expect(groups.default.settings.args).to.deep.equal(['--default']);
    expect(groups.get('api').settings.args).to.deep.equal(['--top']);
  });

  it('adds the environment of a group to that of the top level', () => {
    const env = { SALT: 'no', PAN: '3', DISH: undefined };
    const groups = groupsOf({ workerEnv: { DISH: 'soup', SALT: 'yes', POT: '1' }, groups: { api: { env } } });

    expect(groups.get('api').options.workerEnv).to.deep.equal({ DISH: undefined, SALT: 'no', POT: '1', PAN: '3' });
    expect(groups.default.options.workerEnv).to.deep.equal({ DISH: 'soup', SALT: 'yes', POT: '1' });
  });

  it('fills in a restart policy from the top level, and that from the defaults', () => {
    const restart = { intensity: 9, backoff: { max: 50 } };
    const groups = groupsOf({
      restart,
      groups: { api: { restart: { policy: 'transient', backoff: { initial: 1 } } } },
    });

    expect(groups.get('api').options.restart).to.deep.equal({
      ...{ policy: 'transient', intensity: 9, period: 10_000, stable: 10_000 },
      backoff: { initial: 1, max: 50, factor: 2, jitter: 0.2 },
    });
  });

  describe('heartbeat', () => {
    const heartbeats = (options: ClusterPrimaryOptions) =>
      [...groupsOf(options)].map(({ options: { heartbeat } }) => heartbeat);

    it('is filled in from the top level, and that from the defaults', () => {
      const groups = { api: { heartbeat: { misses: 9 } }, jobs: {} };

      expect(heartbeats({ heartbeat: { interval: 500 }, groups })).to.deep.equal([
        { interval: 500, misses: 3 },
        { interval: 500, misses: 9 },
        { interval: 500, misses: 3 },
      ]);
    });

    it('is off where the top level says so and the group says nothing', () => {
      expect(heartbeats({ heartbeat: false, groups: { api: {}, jobs: { heartbeat: {} } } })).to.deep.equal([
        ...[false, false, false],
      ]);
    });

    it('is on again where the group says how often', () => {
      expect(heartbeats({ heartbeat: false, groups: { api: { heartbeat: { interval: 500 } } } })).to.deep.equal([
        false,
        { interval: 500, misses: 3 },
      ]);
    });

    it('is off where the group says so', () => {
      expect(heartbeats({ groups: { api: { heartbeat: false } } })).to.deep.equal([
        { interval: 2_000, misses: 3 },
        false,
      ]);
    });
  });

  it('fills in when to recycle from the top level, and that from the defaults', () => {
    const recycle = { every: 60_000, jitter: 0 };
    const groups = groupsOf({ recycle, groups: { api: { recycle: { messages: 5, jitter: 0.5 } } } });
    const memory = Number.POSITIVE_INFINITY;

    expect([...groups].map(({ options }) => options.recycle)).to.deep.equal([
      { every: 60_000, memory, messages: memory, jitter: 0 },
      { every: 60_000, memory, messages: 5, jitter: 0.5 },
    ]);
  });

  it('gives each group what the top level says of spare workers, starts, failures and watchdogs', () => {
    const top = { standby: 1, startConcurrency: 2, whenGroupFails: 'exit', watchdog: false } as const;
    const own = { standby: 0, startConcurrency: 4, whenGroupFails: 'continue', watchdog: true } as const;
    const groups = groupsOf({ ...top, groups: { api: own, jobs: {} } });

    expect(groups.get('api').options).to.include(own);
    expect(groups.get('jobs').options).to.include(top);
    expect(groups.default.options).to.include(top);
  });

  describe('dependsOn', () => {
    const dependencies = (options: ClusterPrimaryOptions) =>
      Object.fromEntries([...groupsOf(options)].map(({ name, options: { dependsOn } }) => [name, dependsOn]));

    it('at the top level is about `default`, unless that says otherwise itself', () => {
      const api = {};

      expect(dependencies({ dependsOn: ['api'], groups: { api } })).to.deep.equal({ default: ['api'], api: [] });
      expect(dependencies({ dependsOn: ['api'], groups: { default: {}, api } })).to.deep.include({ default: ['api'] });
      expect(dependencies({ groups: { default: { dependsOn: ['api'] }, api } })).to.deep.include({ default: ['api'] });
      expect(dependencies({ dependsOn: ['api'], groups: { default: { dependsOn: [] }, api } })).to.deep.include({
        default: [],
      });
    });

    it('says in which order groups start', () => {
      const groups = { web: { dependsOn: ['api'] }, api: {} };

      expect(groupsOf({ groups }).startOrder).to.deep.equal(['default', 'api', 'web']);
      expect(groupsOf({ dependsOn: ['web'], groups }).startOrder).to.deep.equal(['api', 'web', 'default']);
    });

    it('refuses groups that are none, and circles', () => {
      expect(() => groupsOf({ groups: { web: { dependsOn: ['appi'] } } })).to.throw(
        InvalidOptionError,
        'Expected `groups.web.dependsOn` to be names of other groups, got `appi`',
      );
      expect(() => groupsOf({ dependsOn: ['api'], groups: { api: { dependsOn: ['default'] } } })).to.throw(
        InvalidOptionError,
        'Expected `groups.api.dependsOn` to be free of circles, got `default -> api -> default`',
      );
    });

    it('says where a bad one was given, for `default` too', async () => {
      const options = [
        { dependsOn: ['appi'] },
        { groups: { default: { dependsOn: ['appi'] } } },
        { groups: { web: { dependsOn: ['default', 'appi'] } } },
      ].map(each => rejection(() => groupsOf(each)));
      const errors = await Promise.all(options);

      expect(errors.map(({ details }) => details?.option)).to.deep.equal([
        'dependsOn',
        'groups.default.dependsOn',
        'groups.web.dependsOn',
      ]);
    });
  });

  describe('storage.access', () => {
    it('is about groups that there are', () => {
      const groups = groupsOf({ groups: { api: {} }, storage: { access: { api: { a: 'read' }, default: {} } } });
      expect(names(groups)).to.deep.equal(['default', 'api']);
    });

    it('is refused for any other: it would be free to do anything', async () => {
      const error = await rejection(() =>
        groupsOf({ groups: { api: {} }, storage: { access: { apii: { a: 'none' } } } }),
      );

      expect(error).to.be.an.instanceOf(UnknownOptionError);
      expect(error.message).to.equal('storage.access has no option `apii`; did you mean `api`?');
    });
  });

  describe('standby', () => {
    const raw = { readyOn: 'listening' } as const;

    it('is refused for workers that do not know how to wait, wherever that was said', async () => {
      const options = [
        { standby: 1, ...raw },
        { standby: 1, groups: { api: raw } },
        { ...raw, groups: { api: { standby: 1 } } },
        { groups: { api: {}, jobs: { standby: 1, ...raw } } },
      ].map(each => rejection(() => groupsOf(each)));
      const errors = await Promise.all(options);

      for (const error of errors) expect(error).to.be.instanceOf(InvalidOptionError);
      expect(errors.map(({ details }) => details)).to.deep.equal([
        { option: 'standby', value: 1 },
        { option: 'standby', value: 1 },
        { option: 'groups.api.standby', value: 1 },
        { option: 'groups.jobs.standby', value: 1 },
      ]);
    });

    it('says why', () => {
      expect(() => groupsOf({ standby: 1, ...raw })).to.throw(
        'Expected `standby` to be 0 where `readyOn` is `listening`, got `1`',
      );
    });

    it('is fine in groups of other workers, and where there is none', () => {
      const { options } = groupsOf({ standby: 1, groups: { api: { standby: 0, ...raw } } }).get('api');

      expect(options).to.include({ standby: 0, readyOn: 'listening' });
    });
  });

  it('is frozen', () => {
    const { options, settings } = groupsOf({ groups: { api: {} } }).get('api');
    const { workerEnv, restart, recycle, heartbeat } = options;

    for (const part of [options, workerEnv, restart, recycle, heartbeat, settings]) expect(part).to.be.frozen;
  });

  it('refuses a script that is not there, of whatever group', () => {
    expect(() => groupsOf({ groups: { api: { script: './nothing-here.js' } } }))
      .to.throw(WorkerScriptNotFoundError)
      .with.nested.property('details.script', './nothing-here.js');
  });

  describe('in a process that runs no script', () => {
    const without = (options: ClusterPrimaryOptions) => {
      const [, script] = process.argv;
      process.argv.splice(1, 1, '');
      try {
        return groupsOf(options);
      } finally {
        process.argv.splice(1, 1, script ?? '');
      }
    };

    it('refuses to start workers of a group that names none, before any other is forked', () => {
      const groups = { api: { script: fixture('chef'), workerCount: 1 }, jobs: { workerCount: 1 } };

      expect(() => without({ groups })).to.throw(WorkerScriptNotFoundError, 'This process runs no script');
    });

    it('lets a group be that names none and starts none', () => {
      const groups = without({ groups: { api: { script: fixture('chef'), workerCount: 1 } } });

      expect(groups.get('api').settings.exec).to.equal(fileURLToPath(fixture('chef')));
    });
  });

  describe('#settings', () => {
    it("are Node's settings of each group by its name, frozen, with nothing inherited", () => {
      const groups = groupsOf({ groups: { constructor: { args: ['--built'] } } });

      expect(Object.keys(groups.settings)).to.deep.equal(['default', 'constructor']);
      expect(groups.settings.constructor).to.deep.include({ args: ['--built'] });
      expect(groups.settings).to.be.frozen;
      expect('toString' in groups.settings).to.equal(false);
    });
  });

  describe('#get', () => {
    it('refuses a name that is no group, and says which there are', () => {
      expect(() => groupsOf({ groups: { api: {} } }).get('apo'))
        .to.throw(UnknownGroupError, 'There is no group `apo`; there are `default`, `api`')
        .and.deep.include({ code: 'CLUSTER_UNKNOWN_GROUP', details: { group: 'apo', known: ['default', 'api'] } });
    });

    it('finds nothing but groups', () => {
      for (const name of ['constructor', '__proto__', 'toString', '']) {
        expect(() => groupsOf().get(name)).to.throw(UnknownGroupError);
      }
    });

    it('refuses what is no string', () => {
      // @ts-expect-error a group's name is a string
      expect(() => groupsOf().get(7)).to.throw(InvalidOptionError, 'Expected `group` to be a string, got `7` (number)');
    });
  });

  describe('#only', () => {
    const only = (options: ClusterPrimaryOptions) => groupsOf(options).only?.name;

    it('is `default` when no group was configured', () => {
      expect([only({}), only({ workerCount: 2 })]).to.deep.equal(['default', 'default']);
    });

    it('is the group that was configured, unless workers of `default` are started too', () => {
      expect(only({ groups: { api: {} } })).to.equal('api');
      expect(only({ workerCount: 1, groups: { api: {} } })).to.equal(undefined);
    });

    it('is none of several, even when nothing is started in them', () => {
      expect(only({ groups: { api: {}, jobs: {} } })).to.equal(undefined);
    });

    it('is none when something is forked into another group', () => {
      const groups = groupsOf({ groups: { api: {} } });
      const use = (group: Group) => {
        groups.use(group);
        return groups.only?.name;
      };

      expect([use(groups.get('api')), use(groups.default)]).to.deep.equal(['api', undefined]);
    });
  });
});
