import type { Owner } from './owner.js';
import { count, type Report } from './report.js';
import { tillBootTime } from './shop.js';
import { say, styleText } from './style.js';

/** Kills the only till: a spare one, which has started long ago, takes its place. */
export async function promoteSpare(owner: Owner): Promise<Report> {
  const spare = await findSpare(owner);
  const till = owner.worker('tills-0');
  const gone = owner.once('removeWorker');
  say(styleText('yellow', `${till?.name} is killed, and there is a spare one, process ${spare}`));

  const killed = performance.now();
  till?.kill('SIGKILL');
  await gone;
  const { pid } = await owner.request({ message: { type: 'pay' }, to: { group: 'tills' }, timeout: 5_000 });
  const duration = performance.now() - killed;
  return {
    rows: [
      [
        'promotion',
        `a spare worker answered ${duration.toFixed(1)} ms after SIGKILL; to start takes ${count(tillBootTime)} ms`,
      ],
    ],
    checks: [
      { claim: 'the spare worker took the place', holds: pid === spare && owner.worker('tills-0')?.pid === spare },
      { claim: 'it answered sooner than another one could have started', holds: duration < tillBootTime },
    ],
  };
}

/** The process that stands by, as soon as one does. */
async function findSpare(owner: Owner): Promise<number | undefined> {
  const spare = Object.values(owner.workerById).find(({ state }) => state === 'standby');
  return (spare ?? (await owner.once('workerStandby')).data.worker).pid;
}
