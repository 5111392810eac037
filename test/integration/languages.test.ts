import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ClusterPrimary, type ClusterPrimaryOptions } from '../../lib/index.js';
import { sourceFixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { Program } from '../support/program.js';

const which = async (options: ClusterPrimaryOptions) => {
  await using primary = await new ClusterPrimary({ workerCount: 1, ...options }).ready;
  return primary.request({ message: { type: 'which' } });
};

describe('a worker written in', () => {
  leavesNothingBehind();

  it('TypeScript runs with a loader', async () => {
    const workerScript = sourceFixture('typescript.ts');

    const answer = await which({ workerScript, workerExecArgv: ['--import', import.meta.resolve('tsx')] });

    expect(answer).to.equal(workerScript.href);
  });

  it('plain JavaScript imports the package', async () => {
    expect(await which({ workerScript: sourceFixture('plain.mjs') })).to.equal('module true');
  });

  it('plain JavaScript requires the package, where Node can', async function () {
    if (!(process.features as { require_module?: boolean }).require_module) this.skip();

    const answer = await which({
      ...{ workerScript: sourceFixture('plain.cjs'), workerExecArgv: ['--disable-warning=ExperimentalWarning'] },
    });

    expect(answer).to.equal('script function');
  });

  it('plain JavaScript has a primary in plain JavaScript, which ends by itself', async () => {
    await using program = new Program(sourceFixture('plain-primary.mjs'));

    expect(await program.ended()).to.deep.equal({ code: 0, signal: null });
    expect(program.printed).to.deep.equal(['module true', 'done']);
    expect(program.stderr).to.equal('');
  });
});
