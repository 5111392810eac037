import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { WorkerScriptNotFoundError } from '../../lib/errors/errors.js';
import { Editions, textOfChange } from '../../lib/primary/editions.js';
import { fixture } from '../support/fixture.js';
import { groupsOf } from '../support/resolved-groups.js';

const groups = groupsOf({
  workerScript: fixture('chef'),
  workerArgs: ['--top'],
  workerEnv: { DISH: 'soup', SALT: 'yes' },
  groups: { api: { args: ['--api'] } },
});
const { default: kitchen } = groups;
const api = groups.get('api');

describe('Editions', () => {
  it('begins with the settings of the group itself', () => {
    const { settings, env } = new Editions().of(api, 0);

    expect(settings).to.equal(api.settings);
    expect(env).to.equal(api.options.workerEnv);
  });

  it('changes what it is told to, and keeps the rest', () => {
    const editions = new Editions();
    const script = editions.add({ script: fixture('waiter') });
    const args = editions.add({ args: [] });
    const env = editions.add({ env: { SALT: 'no', PEPPER: '1', DISH: undefined } });
    const { workerEnv } = kitchen.options;

    expect(editions.of(kitchen, script)).to.deep.equal({
      settings: { ...kitchen.settings, exec: fileURLToPath(fixture('waiter')) },
      env: workerEnv,
    });
    expect(editions.of(kitchen, args)).to.deep.equal({ settings: { ...kitchen.settings, args: [] }, env: workerEnv });
    expect(editions.of(kitchen, env)).to.deep.equal({
      settings: kitchen.settings,
      env: { DISH: undefined, SALT: 'no', PEPPER: '1' },
    });
  });

  it('gives every edition a higher number, one that changes nothing too', () => {
    const editions = new Editions();

    expect([editions.add({}), editions.add({ args: [] }), editions.add({})]).to.deep.equal([1, 2, 3]);
  });

  it('is about every group on its own', () => {
    const editions = new Editions();
    const number = editions.add({ env: { PEPPER: '1' } });

    expect([kitchen, api].map(group => editions.of(group, number).settings.args)).to.deep.equal([['--top'], ['--api']]);
  });

  it('builds on the edition that its group has', () => {
    const editions = new Editions();
    const first = editions.add({ args: ['--first'], env: { PEPPER: '1' } });
    editions.adopt(kitchen, first);
    const second = editions.add({ env: { PEPPER: '2' } });

    expect(editions.of(kitchen, second).settings.args).to.deep.equal(['--first']);
    expect(editions.of(kitchen, second).env).to.deep.equal({ DISH: 'soup', SALT: 'yes', PEPPER: '2' });
    expect(editions.of(api, second)).to.deep.equal({
      settings: api.settings,
      env: { DISH: 'soup', SALT: 'yes', PEPPER: '2' },
    });
  });

  it('forgets what a reload that failed had changed', () => {
    const editions = new Editions();
    const failed = editions.add({ args: ['--failed'] });
    editions.of(kitchen, failed);
    const next = editions.add({ env: { PEPPER: '1' } });

    expect(editions.of(kitchen, next).settings.args).to.deep.equal(['--top']);
  });

  it('builds on what its group has when it is first asked for, not when it was added', () => {
    const editions = new Editions();
    const [first, second] = [editions.add({ args: ['--first'] }), editions.add({ env: { PEPPER: '1' } })];
    editions.adopt(kitchen, first);

    expect(editions.of(kitchen, second).settings.args).to.deep.equal(['--first']);
  });

  it('stays as it was for the workers that have it, whatever is adopted later', () => {
    const editions = new Editions();
    const [first, second] = [editions.add({ args: ['--first'] }), editions.add({ args: ['--second'] })];
    const before = [editions.of(kitchen, 0), editions.of(kitchen, first)];
    editions.adopt(kitchen, second);

    expect([editions.of(kitchen, 0), editions.of(kitchen, first)]).to.deep.equal(before);
    expect(editions.of(kitchen, first)).to.equal(before[1]);
  });

  it('adopts an edition of which no worker was forked', () => {
    const editions = new Editions();
    editions.adopt(kitchen, editions.add({ args: ['--first'] }));

    expect(editions.of(kitchen, editions.add({})).settings.args).to.deep.equal(['--first']);
  });

  it('is frozen', () => {
    const editions = new Editions();
    const edition = editions.of(kitchen, editions.add({ args: [], env: {} }));

    for (const part of [edition, edition.settings, edition.env]) expect(part).to.be.frozen;
  });

  it('refuses a script that is not there, which takes no number', () => {
    const editions = new Editions();

    expect(() => editions.add({ script: './nothing-here.js' }))
      .to.throw(WorkerScriptNotFoundError)
      .with.nested.property('details.script', './nothing-here.js');
    expect(editions.add({})).to.equal(1);
  });
});

describe('textOfChange', () => {
  const change = { script: fixture('waiter'), args: ['--hot'], env: { SALT: 'no', PEPPER: '1', DISH: undefined } };

  it('is the same for the same change, in whatever order', () => {
    const env = { DISH: undefined, PEPPER: '1', SALT: 'no' };

    expect(textOfChange({ env, args: ['--hot'], script: fixture('waiter') })).to.equal(textOfChange(change));
    expect(textOfChange({})).to.equal(textOfChange({ script: undefined, env: {} }));
  });

  it('is another one for any other', () => {
    const others = [
      { ...change, script: fixture('chef') },
      { ...change, args: [] },
      { ...change, args: undefined },
      { ...change, env: { ...change.env, SALT: 'yes' } },
      { ...change, env: { SALT: 'no', PEPPER: '1' } },
      { ...change, env: { ...change.env, DISH: 'undefined' } },
    ];

    expect(new Set([change, ...others].map(textOfChange))).to.have.lengthOf(7);
  });
});
