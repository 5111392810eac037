/** Does a thing so many times; resolves when the last is done. */
export type Run = (times: number) => Promise<void>;

/** What one measurement gives. */
export interface Speed {
  /** Thousand times a second. */
  readonly rate: number;
  /** What all processes that take part computed for one time, in microseconds; 0 where nobody can tell. */
  readonly cpu: number;
}

/** How long one measurement takes, in milliseconds. */
const roundTime = 200;
/** In milliseconds. What starts up may stall the first runs: few times that took long say nothing. */
const usualWarmUpTime = 400;
const fewestTimes = 16;

/**
 * Measures how fast a thing is done. The first measurement also finds out how many times fill a round.
 *
 * @param cpuTime what the processes that take part have computed so far, in microseconds
 * @param warmUpTime in milliseconds: what takes more code takes longer until the compilers are done with it
 */
export function throughput(
  run: Run,
  cpuTime: () => Promise<number> = nobodyKnows,
  warmUpTime = usualWarmUpTime,
): () => Promise<Speed> {
  let times: number | undefined;
  return async () => {
    times ??= await calibrate(run, warmUpTime);
    const before = await cpuTime();
    const time = await timed(run, times);
    return { rate: times / time, cpu: ((await cpuTime()) - before) / times };
  };
}

/** What this process has computed so far, in microseconds. */
export function ownCpuTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Warms up, too: the number doubles until it fills half a round, and all is long enough for the compilers.
 *
 * The fastest run counts: one that another process stalled would make the rounds too short to say much.
 */
async function calibrate(run: Run, warmUpTime: number): Promise<number> {
  let best = 0;
  let total = 0;
  for (let times = fewestTimes, time = 0; total < warmUpTime || time < roundTime / 2; times *= 2) {
    time = await timed(run, times);
    best = Math.max(best, times / time);
    total += time;
  }
  return Math.ceil(best * roundTime);
}

/** In milliseconds. */
async function timed(run: Run, times: number): Promise<number> {
  const start = performance.now();
  await run(times);
  return performance.now() - start;
}

async function nobodyKnows(): Promise<number> {
  return 0;
}
