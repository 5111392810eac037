import { setTimeout as wait } from 'node:timers/promises';
import type { DrainReport } from 'phased-cluster';
import { Customers } from './customers.js';
import type { Owner } from './owner.js';
import { count, type Report } from './report.js';
import { workerCount } from './story.js';
import { say } from './style.js';

/** How long customers ask before and after the reload. In milliseconds. */
const calm = 300;

/** How long a new worker has to stay ready before an old one leaves. In milliseconds. */
const stability = 200;

/** Replaces all workers under load: nobody who asks may notice. */
export async function reloadUnderLoad(owner: Owner, url: string): Promise<Report> {
  say('all workers are reloaded, under load');
  const customers = new Customers(url);
  await wait(calm);
  const before = new Set(owner.sellers.map(({ pid }) => pid));
  const drained: DrainReport[] = [];
  const watching = owner.on('workerServerClose', ({ data }) => drained.push(data.report));
  const begun = performance.now();
  const { replaced } = await owner.reload({ group: 'sellers', stability });
  const duration = performance.now() - begun;
  await wait(calm);
  await customers.leave();
  watching.unsubscribe();

  const { answered, failures } = customers;
  const sellers = await owner.collect();
  const isNew = sellers.length === workerCount && sellers.every(({ pid }) => !before.has(pid));
  const letGo = drained.reduce((sum, { connections }) => sum + connections, 0);
  const cut = drained.reduce((sum, report) => sum + report.cut, 0);
  for (const failure of new Set(failures)) say(failure);
  return {
    rows: [
      [
        'reload',
        `${replaced.length} workers replaced in ${count(duration)} ms, each after ${stability} ms of stability`,
      ],
      ['requests meanwhile', `${count(answered)} answered, ${failures.length} failed`],
      ['connections meanwhile', `${count(letGo)} of old workers came to their end, ${cut} were cut`],
    ],
    checks: [
      { claim: 'the reload replaced every worker', holds: replaced.length === workerCount && isNew },
      { claim: 'no request failed during the reload', holds: failures.length === 0 && answered >= 200 },
      { claim: 'no connection was cut', holds: drained.length === workerCount && cut === 0 },
      { claim: 'the new workers answered', holds: sellers.every(({ answers }) => answers > 0) },
    ],
  };
}
