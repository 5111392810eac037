import { expect } from 'chai';
import { describe, it } from 'mocha';
import { host } from '../../lib/worker/host.js';
import { installProcessHooks } from '../../lib/worker/process-hooks.js';
import { FakePrimary } from '../support/fake-primary.js';

function install() {
  const told: unknown[][] = [];
  const primary = new FakePrimary();
  installProcessHooks({
    terminate: () => told.push(['terminate']),
    disconnected: expected => told.push(['disconnected', expected]),
    crashed: error => told.push(['crashed', error]),
  });
  return { told, primary, [Symbol.dispose]: () => primary[Symbol.dispose]() };
}

describe('installProcessHooks', () => {
  it('takes SIGINT and SIGHUP for SIGTERM once there is no primary', () => {
    const { onDisconnect } = host;
    let hangUp = (_: boolean): void => {};
    host.onDisconnect = callback => {
      hangUp = callback;
    };
    using hooks = install();
    host.onDisconnect = onDisconnect;
    hooks.primary.tells('SIGHUP', 'SIGHUP');
    hangUp(false);
    for (const signal of ['SIGINT', 'SIGHUP']) hooks.primary.tells(signal, signal);

    expect(hooks.told).to.deep.equal([['disconnected', false], ['terminate'], ['terminate']]);
  });

  it('listens to the signals and to what nobody caught', () => {
    using hooks = install();

    expect(hooks.primary.added.map(({ name }) => name)).to.have.members([
      ...['SIGINT', 'SIGHUP', 'SIGTERM', 'uncaughtExceptionMonitor', 'exit'],
    ]);
  });

  it('ignores SIGINT and SIGHUP, which the primary answers', () => {
    using hooks = install();
    for (const signal of ['SIGINT', 'SIGHUP']) hooks.primary.tells(signal, signal);

    expect(hooks.told).to.deep.equal([]);
  });

  it('tells of SIGTERM and of a crash', () => {
    using hooks = install();
    const error = new Error('burnt');
    hooks.primary.tells('SIGTERM', 'SIGTERM');
    hooks.primary.tells('uncaughtExceptionMonitor', error, 'uncaughtException');
    hooks.primary.tells('exit', 1);

    expect(hooks.told).to.deep.equal([['terminate'], ['crashed', error]]);
  });

  it('tells of no crash when user code has caught what was thrown, and the process lives on', async () => {
    using hooks = install();
    hooks.primary.tells('uncaughtExceptionMonitor', new Error('burnt'), 'uncaughtException');
    await Promise.resolve();
    hooks.primary.tells('exit', 1);

    expect(hooks.told).to.deep.equal([]);
  });
});
