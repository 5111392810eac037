import { expect } from 'chai';
import { describe, it } from 'mocha';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { passed } from '../support/passed.js';
import { gone, isGone } from '../support/processes.js';
import { Program } from '../support/program.js';
import { until } from '../support/with-deadline.js';

/** Rounds of what is a race. */
const rounds = Number(process.env.ROUNDS ?? 5);

function pidsIn(line: string): number[] {
  return (line.match(/\d+/g) ?? []).map(Number);
}

/** How often a line was printed. */
function times(program: Program, line: string): number {
  return program.printed.filter(each => each === line).length;
}

/** Resolves when a line was printed so often. */
function printed(program: Program, line: string, count: number, ms = 10_000): Promise<void> {
  return until(() => times(program, line) >= count, ms, `line \`${line}\` (${count}); ${program.printed.join(' | ')}`);
}

/** Starts the program; resolves with the process ids of its workers, once it is where it shall be disturbed. */
async function start(program: Program): Promise<number[]> {
  const pids = pidsIn(await program.line('ready'));
  await program.line('running');
  return pids;
}

describe('a cluster that shuts down (faults 20, 21 and 22)', () => {
  leavesNothingBehind();

  for (let round = 1; round <= rounds; round++) {
    describe(`when its primary is killed, round ${round}`, () => {
      it('runs the phases of idle workers, which are gone within a second', async () => {
        await using program = new Program('closing');
        const pids = await start(program);

        program.kill('SIGKILL');

        await gone(pids, 1_000);
        await program.ended();
        for (const line of ['stopping', 'drain jobs disconnected', 'release db disconnected', 'destroy']) {
          expect(times(program, line), line).to.equal(2);
        }
      });

      it('lets workers finish a request, and then they are gone', async () => {
        await using program = new Program('closing', ['work']);
        const pids = await start(program);
        await printed(program, 'working', 2);

        program.kill('SIGKILL');
        await printed(program, 'worked', 2);

        await gone(pids, 1_000);
      });

      it('lets hooks finish, and then the workers are gone', async () => {
        await using program = new Program('closing', ['hook']);
        const pids = await start(program);

        program.kill('SIGKILL');
        await printed(program, 'jobs done', 2);

        await gone(pids, 1_000);
        await program.ended();
        expect(times(program, 'release db disconnected')).to.equal(2);
      });

      it('ends hooks that never do at the drain deadline', async () => {
        await using program = new Program('closing', ['stuck']);
        const pids = await start(program);

        program.kill('SIGKILL');

        await gone(pids, 300 + 1_000);
        await program.ended();
        expect(times(program, 'release db disconnected')).to.equal(2);
      });

      it('ends workers that were stopped, once they go on', async () => {
        await using program = new Program('closing');
        const pids = await start(program);
        for (const pid of pids) process.kill(pid, 'SIGSTOP');

        program.kill('SIGKILL');
        await until(() => isGone(program.pid), 5_000, 'end of the primary');
        expect(pids.filter(isGone)).to.deep.equal([]);
        for (const pid of pids) process.kill(pid, 'SIGCONT');

        await gone(pids, 1_000);
      });
    });

    describe(`when its primary fails, round ${round}`, () => {
      for (const mode of ['throw', 'reject']) {
        it(`has an exit code that is not 0, and no worker is left within a second (${mode})`, async () => {
          await using program = new Program('closing', [mode]);
          const pids = pidsIn(await program.line('ready'));

          await until(() => isGone(program.pid), 5_000, 'end of the primary');
          await gone(pids, 1_000);

          expect(await program.ended()).to.deep.equal({ code: 1, signal: null });
          expect(program.stderr).to.contain('the primary has a bug');
        });
      }
    });

    describe(`when it is told several times, round ${round}`, () => {
      it('by calls shuts down once', async () => {
        await using program = new Program('closing', ['twice']);
        const pids = pidsIn(await program.line('ready'));

        expect(await program.ended()).to.deep.equal({ code: 0, signal: null });
        for (const line of ['shutDown', 'unbind', 'release', 'shutDownComplete']) {
          expect(times(program, `primary ${line}`), line).to.equal(1);
        }
        expect(times(program, 'drain jobs shutDown')).to.equal(2);
        await gone(pids, 0);
      });

      it('by one signal to the whole process group shuts down once, gracefully', async () => {
        await using program = new Program('closing', ['work']);
        await program.line('running');
        await printed(program, 'working', 2);

        program.killGroup(round % 2 === 0 ? 'SIGINT' : 'SIGTERM');

        expect(await program.ended()).to.deep.equal({ code: 0, signal: null });
        expect(times(program, 'worked')).to.equal(2);
        for (const line of ['shutDown', 'unbind', 'release', 'shutDownComplete']) {
          expect(times(program, `primary ${line}`), line).to.equal(1);
        }
        expect(program.printed.filter(line => line.startsWith('drain jobs'))).to.have.length(2);
        expect(program.printed).to.not.include('primary replace');
      });

      for (const kill of ['kill', 'killGroup'] as const) {
        it(`by two signals (${kill}) forces the end, with hooks at most once`, async () => {
          await using program = new Program('closing', ['unbinding']);
          const pids = await start(program);

          program[kill]('SIGTERM');
          await program.line('primary unbind');
          // Sooner it would be taken for the first one, passed on by npm.
          await passed(250);
          program[kill]('SIGTERM');

          expect(await program.ended()).to.deep.equal({ code: 143, signal: null });
          expect(times(program, 'primary shutDown')).to.equal(1);
          expect(times(program, 'primary unbind')).to.equal(1);
          await gone(pids, 1_000);
        });
      }

      it('by SIGINT and SIGTERM at once to the whole process group forces the end', async () => {
        await using program = new Program('closing', ['unbinding']);
        const pids = await start(program);

        program.killGroup('SIGINT');
        program.killGroup('SIGTERM');

        expect((await program.ended()).code).to.be.oneOf([128 + 2, 128 + 15]);
        expect(times(program, 'primary shutDown')).to.equal(1);
        expect(times(program, 'primary unbind')).to.be.at.most(1);
        expect(program.printed.filter(line => line.startsWith('drain jobs'))).to.have.length.at.most(2);
        await gone(pids, 1_000);
      });
    });
  }

  it('stops all the same when a hook of its primary fails', async () => {
    await using program = new Program('closing', ['failing']);
    await start(program);

    program.kill('SIGTERM');

    expect(await program.ended()).to.deep.equal({ code: 0, signal: null });
    expect(program.stderr).to.contain('the door is stuck');
    expect(program.printed).to.include('primary release');
  });

  it('is not disturbed by signals to reload', async () => {
    await using program = new Program('closing', ['hook']);
    await start(program);

    program.kill('SIGTERM');
    await program.line('drain jobs');
    program.kill('SIGHUP');

    expect(await program.ended()).to.deep.equal({ code: 0, signal: null });
    expect(times(program, 'jobs done')).to.equal(2);
  });
});
