import type { Seeded } from './seeded.js';

/** How many questions ended in which way. */
export interface QuizReport {
  readonly answered: number;
  readonly timedOut: number;
  readonly aborted: number;
  /** The first that ended as they must not. */
  readonly wrong: readonly string[];
}

/** What is asked: to be answered after `delay` milliseconds with `answerTo` of it. */
export interface Question {
  readonly type: 'quiz';
  readonly by: string;
  readonly number: number;
  /** Milliseconds; 0 for at once. */
  readonly delay: number;
}

/** Asks one question; as `request` of a primary, a worker or a handle does. */
type Ask = (order: { message: Question; timeout: number; signal?: AbortSignal | undefined }) => Promise<unknown>;

/** So long that it is not reached. */
const longTimeout = 60_000;

/** The answer that only this question has. */
export function answerTo({ by, number }: Question): string {
  return `${by} asked ${number}`;
}

/** Answers, sometimes late. */
export async function answerQuestion(question: Question): Promise<string> {
  if (question.delay > 0) await milliseconds(question.delay);
  return answerTo(question);
}

/** What a run of questions is made with. */
export interface QuizOptions {
  /** Who asks: the answers name it. */
  readonly by: string;
  readonly count: number;
  readonly inFlight: number;
  readonly random: Seeded;
}

/** Asks so many questions, so many at a time, of which some time out and some are aborted, before, while or after they are answered. */
export class Quiz {
  readonly #options: QuizOptions;
  readonly #ask: Ask;
  readonly #wrong: string[] = [];
  readonly #ends = { answered: 0, timedOut: 0, aborted: 0 };
  #asked = 0;

  constructor(options: QuizOptions, ask: Ask) {
    this.#options = options;
    this.#ask = ask;
  }

  async run(): Promise<QuizReport> {
    await Promise.all(Array.from({ length: this.#options.inFlight }, () => this.#askOneByOne()));
    return { ...this.#ends, wrong: this.#wrong };
  }

  async #askOneByOne(): Promise<void> {
    const { by, count, random } = this.#options;
    while (this.#asked < count) {
      const number = this.#asked++;
      const delay = random.chance(0.25) ? random.integer(1, 10) : 0;
      await this.#put({ type: 'quiz', by, number, delay });
    }
  }

  async #put(message: Question): Promise<void> {
    const { random } = this.#options;
    const timeout = random.chance(0.1) ? random.integer(1, 10) : longTimeout;
    const controller = random.chance(0.1) ? new AbortController() : undefined;
    const reason = new Error(`Question ${message.number} was withdrawn`);
    const asked = this.#ask({ message, timeout, signal: controller?.signal });
    if (controller) abortSometime(controller, reason, random);
    try {
      this.#count('answered', (await asked) === answerTo(message), message);
    } catch (error) {
      if (error === reason) this.#count('aborted', controller !== undefined, message);
      else this.#count('timedOut', timeout < longTimeout && isTimeout(error, timeout), message);
    }
  }

  #count(end: 'answered' | 'timedOut' | 'aborted', right: boolean, { number }: Question): void {
    this.#ends[end]++;
    if (!right && this.#wrong.length < 10) this.#wrong.push(`${number} ${end}`);
  }
}

/** In the same breath, before the answer can be there, or about when it comes. */
function abortSometime(controller: AbortController, reason: Error, random: Seeded): void {
  const delay = random.integer(-2, 10);
  if (delay < -1) controller.abort(reason);
  else if (delay < 0) setImmediate(() => controller.abort(reason));
  else setTimeout(() => controller.abort(reason), delay);
}

function isTimeout(error: unknown, timeout: number): boolean {
  const { code, details } = error as { code?: unknown; details?: { timeout?: unknown } };
  return code === 'CLUSTER_REQUEST_TIMEOUT' && details?.timeout === timeout;
}

function milliseconds(delay: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, delay));
}
