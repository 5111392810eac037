import { basename, dirname, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { WorkerScriptNotFoundError } from '../../lib/errors/errors.js';
import { resolveOptions } from '../../lib/lifecycle/option-table.js';
import {
  type ClusterPrimaryOptions,
  primaryDeclarations,
  type ResolvedPrimaryOptions,
} from '../../lib/primary/options.js';
import { assertScript, scriptFile, watchdogDescriptor, workerSettings } from '../../lib/primary/worker-settings.js';

const thisFile = fileURLToPath(import.meta.url);

function settings(options: ClusterPrimaryOptions = {}) {
  return workerSettings(resolveOptions(options, primaryDeclarations, 'ClusterPrimary') as ResolvedPrimaryOptions);
}

describe('worker-settings', () => {
  describe('workerSettings', () => {
    it('is, unless told otherwise, as this process was started', () => {
      const { exec, args, execArgv } = settings();

      expect(exec).to.equal(process.argv[1]);
      expect(args).to.deep.equal(process.argv.slice(2));
      expect(execArgv).to.equal(process.execArgv);
    });

    it('has every key, so that no setting of another primary is left', () => {
      expect(settings()).to.be.frozen.and.have.all.keys(
        ...['exec', 'args', 'execArgv', 'cwd', 'silent', 'stdio', 'uid', 'gid', 'windowsHide', 'inspectPort'],
        'serialization',
      );
    });

    it("has the options under Node's names", () => {
      const workerInspectPort = () => 9_230;

      expect(
        settings({
          workerArgs: ['--soup'],
          workerExecArgv: ['--no-warnings'],
          workerCwd: '/tmp',
          workerSilent: true,
          workerStdio: ['ignore', 'pipe', 'pipe', 'ipc'],
          workerUid: 1,
          workerGid: 2,
          workerWindowsHide: true,
          workerInspectPort,
          serialization: 'advanced',
          watchdog: false,
        }),
      ).to.deep.include({
        args: ['--soup'],
        execArgv: ['--no-warnings'],
        cwd: '/tmp',
        silent: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        uid: 1,
        gid: 2,
        windowsHide: true,
        inspectPort: workerInspectPort,
        serialization: 'advanced',
      });
    });

    it('has the file of the script', () => {
      expect(settings({ workerScript: relative(process.cwd(), thisFile) }).exec).to.equal(thisFile);
      expect(() => settings({ workerScript: './nothing-here.js' })).to.throw(WorkerScriptNotFoundError);
    });
  });

  describe('scriptFile', () => {
    it('takes a script as a URL, a file: string, a path, and a path without its extension', () => {
      const url = pathToFileURL(thisFile);
      const path = relative(process.cwd(), thisFile);

      for (const script of [url, url.href, thisFile, path, path.replace(/\.js$/, '')]) {
        expect(scriptFile(script)).to.equal(thisFile);
      }
    });

    it('refuses a script that is not there', () => {
      const script = `${dirname(thisFile)}/no-${basename(thisFile)}`;

      expect(() => scriptFile(script))
        .to.throw(WorkerScriptNotFoundError, `There is no worker script at \`${script}\` (working directory: `)
        .and.deep.include({ code: 'CLUSTER_WORKER_SCRIPT_NOT_FOUND', details: { script } });
    });

    it('refuses a URL that names no file', () => {
      expect(() => scriptFile('file://host.example/worker.js')).to.throw(WorkerScriptNotFoundError);
      expect(() => scriptFile(new URL('https://host.example/worker.js')))
        .to.throw(WorkerScriptNotFoundError)
        .with.deep.property('details', { script: 'https://host.example/worker.js' });
    });
  });

  describe('watchdogDescriptor', () => {
    const resolved = (options: ClusterPrimaryOptions) =>
      resolveOptions(options, primaryDeclarations, 'ClusterPrimary') as ResolvedPrimaryOptions;
    const descriptor = (options: ClusterPrimaryOptions) => watchdogDescriptor(resolved(options), settings(options));

    const cases: readonly (readonly [string, ClusterPrimaryOptions, readonly unknown[]])[] = [
      ['nothing', {}, ['inherit', 'inherit', 'inherit', 'ipc', 'pipe']],
      ['silent workers', { workerSilent: true }, ['pipe', 'pipe', 'pipe', 'ipc', 'pipe']],
      ['a word', { workerStdio: 'ignore', workerSilent: true }, ['ignore', 'ignore', 'ignore', 'ipc', 'pipe']],
      ['a list', { workerStdio: [0, 'pipe', null, 5, 'ipc'] }, [0, 'pipe', null, 5, 'ipc', 'pipe']],
      ['a short list', { workerStdio: ['ipc'] }, ['ipc', undefined, undefined, 'pipe']],
    ];
    for (const [what, options, stdio] of cases) {
      it(`is one more than Node would open for ${what}`, () => {
        expect(settings(options).stdio).to.deep.equal(stdio);
        expect(descriptor(options)).to.equal(stdio.length - 1);
      });
    }

    it('is none without a watchdog, and for scripts that do not use this library', () => {
      for (const options of [{ watchdog: false }, { readyOn: 'online' }] as const) {
        expect(settings({ ...options, workerStdio: 'pipe' }).stdio).to.equal('pipe');
        expect(settings(options).stdio).to.equal(undefined);
        expect(descriptor(options)).to.equal(undefined);
        expect(descriptor({ ...options, workerStdio: ['ipc'] })).to.equal(undefined);
      }
    });

    it('leaves the list that was given as it was', () => {
      const workerStdio = Object.freeze(['ignore', 'ipc']);

      expect(settings({ workerStdio }).stdio).to.have.lengthOf(4);
    });
  });

  describe('assertScript', () => {
    it('refuses to fork what runs no script', () => {
      expect(() => assertScript({ ...settings(), exec: '' })).to.throw(
        WorkerScriptNotFoundError,
        'This process runs no script: give a `workerScript`',
      );
    });

    it('lets a script pass', () => {
      assertScript(settings());
    });
  });
});
