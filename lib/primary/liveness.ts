import { beatFrame, type Vitals } from '../protocol/frame.js';
import { Heartbeat, type HeartbeatRule } from '../supervision/heartbeat.js';
import type { Clock } from '../util/clock.js';
import type { Conversation } from './conversation.js';
import type { Round, Sweep } from './sweep.js';
import { VitalSigns } from './vital-signs.js';
import { answerTimeout, openWatchdogLine, type WatchdogLine } from './watchdog-line.js';
import type { WorkerProcessParts } from './worker-process-parts.js';

/** A hang is found out within so many milliseconds after the limit, or a quarter of the interval if that is less. */
const longestPace = 250;

/** How long a beat that has arrived already may take to be read, in milliseconds. */
const readingTime = 10;

/** What a {@link Liveness} is made with. */
export interface LivenessParts {
  readonly clock: Clock;
  readonly sweep: Sweep;
  /** `false` where nobody judges. */
  readonly heartbeat: HeartbeatRule | false;
  /** Tells where the worker hangs; `undefined` where there is no watchdog. */
  readonly watchdog: Pick<WatchdogLine, 'ask' | 'close'> | undefined;
  /** Asks the worker to report every so many milliseconds. */
  readonly ask: (interval: number) => void;
  /** Told when the worker hangs, and where; again after as long, if it still lives. */
  readonly hung: (stack: readonly string[] | undefined) => void;
}

/**
 * Watches over the worker of a conversation; over one that does not use this library only as far as to say nothing of it.
 *
 * @param hung told when the worker hangs, and where.
 */
export function watchOver(
  { node, clock, sweep, readyOn, limits, watchdog }: WorkerProcessParts,
  conversation: Conversation,
  hung: LivenessParts['hung'],
): Liveness {
  return new Liveness({
    ...{ clock, sweep, hung },
    heartbeat: readyOn === 'hello' && limits.heartbeat,
    watchdog: openWatchdogLine(node.process, watchdog, clock),
    ask: interval => void conversation.control(beatFrame(0, { interval })),
  });
}

/** Knows how one worker is, and finds out when it hangs. */
export class Liveness {
  readonly vitals: VitalSigns;
  readonly #parts: LivenessParts;
  #judge: Heartbeat | undefined;
  #round: Round | undefined;
  #inDoubt = false;

  constructor(parts: LivenessParts) {
    this.#parts = parts;
    this.vitals = new VitalSigns(parts.clock, parts.ask);
  }

  /** From now on the worker has to give signs of life. */
  begin(): void {
    const { heartbeat, clock, sweep } = this.#parts;
    if (!heartbeat || this.#judge) return;

    const judge = new Heartbeat(heartbeat, clock.now());
    this.#judge = judge;
    this.#round = {
      pace: Math.min(heartbeat.interval / 4, longestPace),
      look: late => {
        if (!this.#inDoubt && judge.look(clock.now(), late)) void this.#makeSure(judge);
      },
    };
    sweep.add(this.#round);
    // Where a single miss counts, two beats have to fit in, or every delay would be one.
    this.vitals.expect(Math.min(heartbeat.interval, judge.limit / 2));
  }

  /** A beat has come. */
  take(vitals?: Vitals): void {
    this.vitals.take(vitals);
    this.#judge?.beat(this.#parts.clock.now(), vitals?.debugged === 1);
  }

  /** Nothing is expected of the worker any more. */
  end(): void {
    if (this.#round) this.#parts.sweep.remove(this.#round);
    this.#round = undefined;
  }

  /** The process is gone. */
  close(): void {
    this.end();
    this.#parts.watchdog?.close();
  }

  /** A beat may have come that was not read yet: nobody is condemned without another look. */
  async #makeSure(judge: Heartbeat): Promise<void> {
    const { clock, watchdog, hung } = this.#parts;
    this.#inDoubt = true;
    const began = clock.now();
    const stack = await (watchdog ? watchdog.ask() : this.#aMoment());
    this.#inDoubt = false;
    const now = clock.now();
    if (!this.#round || !judge.look(now, now - began - answerTimeout)) return;

    judge.renew(now);
    hung(stack);
  }

  #aMoment(): Promise<undefined> {
    return new Promise(resolve => {
      this.#parts.clock.after(readingTime, () => resolve(undefined), { keepAlive: false });
    });
  }
}
