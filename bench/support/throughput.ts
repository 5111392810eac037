import type { Measurement } from './duel.js';

/** Does a thing so many times; resolves when the last is done. */
export type Run = (times: number) => Promise<void>;

/** How long one measurement takes, in milliseconds. */
const roundTime = 200;
const fewestTimes = 1000;

/** Measures how many thousand times a second a thing is done. The first measurement also finds out how many fill a round. */
export function throughput(run: Run): Measurement {
  let times: number | undefined;
  return async () => {
    times ??= await calibrate(run);
    return times / (await timed(run, times));
  };
}

/** Warms up, too: the number doubles until half a round is filled. */
async function calibrate(run: Run): Promise<number> {
  let times = fewestTimes;
  let time = await timed(run, times);
  while (time < roundTime / 2) {
    times *= 2;
    time = await timed(run, times);
  }
  return Math.ceil((times / time) * roundTime);
}

/** In milliseconds. */
async function timed(run: Run, times: number): Promise<number> {
  const start = performance.now();
  await run(times);
  return performance.now() - start;
}
