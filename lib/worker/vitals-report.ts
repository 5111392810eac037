import type { Vitals } from '../protocol/frame.js';
import type { Clock, Timer } from '../util/clock.js';
import { Utilization } from '../util/utilization.js';

/** Utilization is told to two digits: workers that differ by less take turns. */
const steps = 100;

/** What only others know of this worker. */
export interface VitalsSource {
  /** Handlers that run, and requests that wait for an answer. */
  pending(): number;
  /** Messages and requests that it was given since its start. */
  handled(): number;
}

/** What a {@link VitalsReport} is made with. */
export interface VitalsReportParts {
  readonly clock: Clock;
  readonly source: VitalsSource;
  /** Resolves when the report is on its way. */
  readonly tell: (vitals: Vitals) => Promise<void>;
}

/** What a worker tells of its state of health, as often as the primary wants it. */
export class VitalsReport {
  readonly #parts: VitalsReportParts;
  #timer: Timer | undefined;
  #unsent = false;

  constructor(parts: VitalsReportParts) {
    this.#parts = parts;
  }

  /** Tells now, and from now on every `interval` ms, instead of whatever was before. No reason to stay alive. */
  every(interval: number): void {
    this.stop();
    const { clock } = this.#parts;
    const utilization = new Utilization();
    let due = clock.now() + interval;
    this.#timer = clock.every(
      interval,
      () => {
        const now = clock.now();
        const delay = Math.max(0, Math.round(now - due));
        due = now + interval;
        this.#tell({ utilization: Math.round(utilization.read() * steps) / steps, delay });
      },
      { keepAlive: false },
    );
    this.#tell({});
  }

  /** Nobody listens any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** While one report waits, another would say nothing new. */
  #tell(measured: Vitals): void {
    if (this.#unsent) return;

    const { source, tell } = this.#parts;
    const { rss: memory, heapUsed } = process.memoryUsage();
    const sent = () => {
      this.#unsent = false;
    };
    this.#unsent = true;
    const [pending, handled] = [source.pending(), source.handled()];
    tell({ ...measured, memory, heapUsed, pending, handled, debugged: isDebugged() ? 1 : 0 }).then(sent, sent);
  }
}

/** Whether a debugger can attach to this process, or has: then it may stand still for as long as somebody thinks. */
function isDebugged(): boolean {
  // Not imported: that would make the start of every worker longer. A Node without inspector has none.
  return process.getBuiltinModule('node:inspector')?.url() !== undefined;
}
