import { expect } from 'chai';
import { describe, it } from 'mocha';
import { logEvents, openDebugLog } from '../../lib/util/debug-log.js';

/** The line that is printed of an event with this data. */
function lineOf(data: unknown): string {
  const lines: string[] = [];
  const subscribe = (_name: string, listener: (event: { readonly data: unknown }) => void) => listener({ data });
  logEvents({ who: () => 'Chef', names: ['served'], subscribe }, line => void lines.push(line));
  expect(lines).to.have.lengthOf(1);
  return lines[0] ?? '';
}

describe('logEvents', () => {
  it('subscribes to each of the events', () => {
    const names: string[] = [];
    logEvents({ who: () => 'Chef', names: ['cook', 'serve'], subscribe: name => void names.push(name) }, () => {});

    expect(names).to.deep.equal(['cook', 'serve']);
  });

  it('says whose event it is, its name, and what it carries', () => {
    expect(lineOf({ workerCount: 2, group: 'api' })).to.equal('Chef served workerCount=2 group=api');
    expect(lineOf({})).to.equal('Chef served');
    expect(lineOf(undefined)).to.equal('Chef served');
  });

  it('says the label of a worker', () => {
    expect(lineOf({ worker: { toString: () => 'anna (3)' }, code: 1 })).to.equal('Chef served anna (3) code=1');
  });

  it('leaves out what is not there', () => {
    expect(lineOf({ worker: undefined, code: null, signal: 'SIGKILL' })).to.equal('Chef served signal=SIGKILL');
  });

  it('quotes texts that are more than a word, in one line', () => {
    expect(lineOf({ to: 'a\nb' })).to.equal('Chef served to="a\\nb"');
    expect(lineOf({ path: '/tmp/a.sock:1' })).to.equal('Chef served path=/tmp/a.sock:1');
  });

  it('shows what is nested, errors, functions and cycles, without failing', () => {
    const cycle: Record<string, unknown> = { name: 'soup' };
    cycle.self = cycle;

    expect(lineOf({ cycle })).to.equal('Chef served cycle={"name":"soup","self":"[cycle]"}');
    expect(lineOf({ error: new TypeError('burnt') })).to.equal(
      'Chef served error={"name":"TypeError","message":"burnt"}',
    );
    expect(lineOf({ run: () => {} })).to.equal('Chef served run=function');
  });

  it('cuts what is long', () => {
    expect(lineOf({ text: '*'.repeat(10_000) }).length).to.be.lessThan(450);
  });

  it('keeps the environment to itself, at any depth', () => {
    const line = lineOf({ settings: { workerEnv: { KEY: 'secret' }, exec: 'x' }, env: { KEY: 'secret' } });

    expect(line).to.equal('Chef served settings={"workerEnv":"…","exec":"x"} env="…"');
  });
});

describe('openDebugLog', () => {
  it('does nothing unless NODE_DEBUG asks for it', () => {
    const subscribe = () => expect.fail('nobody asked');

    openDebugLog({ who: () => 'Chef', names: ['served'], subscribe });
  });
});
