import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type AnyProtocol,
  ClusterPrimary,
  type ClusterPrimaryOptions,
  type WorkerHandle,
  type WorkerRequestEvent,
} from '../../lib/index.js';
import { fixture } from '../support/fixture.js';
import { leavesNothingBehind } from '../support/leaves-nothing-behind.js';
import { answerQuestion, type Question, Quiz, type QuizReport } from '../support/quiz.js';
import { type Seeded, seeded } from '../support/seeded.js';
import { until } from '../support/with-deadline.js';

/** Of each side, to or from each worker. */
const count = 25_000;
const inFlight = 500;

/** Answers questions, and takes down what workers did that they must not. */
class QuizMaster extends ClusterPrimary {
  readonly violations: string[] = [];

  _eventWorkerRequest_quiz({ data: { message } }: WorkerRequestEvent<AnyProtocol>): Promise<string> {
    return answerQuestion(message as Question);
  }

  protected override _eventChannelViolation({ data }: { data: { reason: string } }): void {
    this.violations.push(data.reason);
  }
}

const open = (options: ClusterPrimaryOptions) => {
  return new QuizMaster({ workerScript: fixture('quizzer'), workerCount: 2, ...options }).ready;
};

describe('100,000 requests with delays, timeouts and aborts, from both sides at once', () => {
  leavesNothingBehind();

  for (const serialization of ['json', 'advanced'] as const) {
    it(`each get their own answer or none, and leave nothing pending, by ${serialization}`, async function () {
      this.timeout(120_000);
      await using primary = await open({ serialization });

      await seeded(async random => {
        const reports = await Promise.all(primary.workers.flatMap(worker => quizzes(worker, random)));
        for (const report of reports) check(report);
      });

      await until(() => primary.workers.every(({ pending }) => pending === 0), 2_000, 'end of all requests');
      // An answer that comes late is none that was never asked for.
      expect(primary.violations).to.deep.equal([]);
      expect(primary.workers.map(({ generation }) => generation)).to.deep.equal([1, 1]);
    });
  }
});

/** The primary asks the worker, and the worker the primary. */
function quizzes(worker: WorkerHandle, random: Seeded): Promise<QuizReport>[] {
  const quiz = new Quiz({ by: 'primary', count, inFlight, random: random.branch() }, order => worker.request(order));
  const message = { type: 'ask', count, inFlight, seed: random.integer(0, 2 ** 31) };
  return [quiz.run(), worker.request({ message, timeout: Number.POSITIVE_INFINITY })];
}

function check({ answered, timedOut, aborted, wrong }: QuizReport): void {
  expect(wrong).to.deep.equal([]);
  expect(answered + timedOut + aborted).to.equal(count);
  // Otherwise this would test less than it says.
  expect(Math.min(answered, timedOut, aborted)).to.be.greaterThan(count / 100);
}
