import type { LoadResult } from './load.js';
import type { Owner, Takings } from './owner.js';
import { type Check, count } from './report.js';
import { answersPerReport } from './shop.js';

/** How long the first load lasts. In milliseconds. */
export const firstDuration = 4_000;
/** How long fresh connections put the replacement to work. In milliseconds. */
export const secondDuration = 1_500;
/** Keep-alive connections of each load. */
export const connections = 10;
export const workerCount = 2;

/** What happened, in numbers. */
export interface Story {
  readonly first: LoadResult;
  readonly second: LoadResult;
  /** Connections that the killed worker had when it was killed. */
  readonly cut: number;
  /** From the kill until the replacement was ready, in milliseconds. */
  readonly replacementTime: number;
  readonly replacementPid: number | undefined;
  readonly takings: readonly Takings[];
  /** How many workers have been ready. */
  readonly started: number;
}

/** Requests that got no answer at all: lost with a connection, or still under way when the load ended. */
function unanswered({ sent, answered, refused }: LoadResult): number {
  return sent - answered - refused;
}

/** Every claim that must hold for the run to count as good. */
export function judge(owner: Owner, story: Story): readonly Check[] {
  const { first, second, takings, started } = story;
  // A connection of the killed worker breaks once, or twice if the primary hands it to the dying process again.
  const mayBreak = 2 * story.cut;
  const replacement = takings.find(({ pid }) => pid === story.replacementPid);
  const booted = workerCount + 1;
  return [
    { claim: 'every answer was a success', holds: first.refused + second.refused === 0 },
    {
      claim: 'there was real load: 200 answers and more in each part',
      holds: first.answered >= 200 && second.answered >= 200,
    },
    {
      claim: `at most ${mayBreak} connections broke, ${story.cut} were the killed worker's`,
      holds: first.errors <= mayBreak,
    },
    { claim: 'no request was lost but on those', holds: unanswered(first) <= connections + mayBreak },
    {
      claim: 'none broke after the replacement was ready',
      holds: second.errors === 0 && unanswered(second) <= connections,
    },
    { claim: 'the worker was replaced once, within 5 s', holds: started === booted && story.replacementTime < 5_000 },
    { claim: 'the replacement answered too', holds: (replacement?.answers ?? 0) > 0 },
    {
      claim: 'every message of the workers arrived',
      holds: takings.every(
        ({ pid, answers }) => (owner.reported.get(pid) ?? 0) === answers - (answers % answersPerReport),
      ),
    },
    { claim: 'every message to the workers arrived', holds: takings.every(({ special }) => special === 'stew') },
    {
      claim: 'every request was answered, both ways',
      holds: takings.length === workerCount && owner.requestsAnswered === booted + owner.messagesSent,
    },
  ];
}

/** The run in a few rows, for people to read. */
export function summarize(owner: Owner, { first, second, ...story }: Story): readonly (readonly [string, string])[] {
  const answered = first.answered + second.answered;
  const rate = answered / (firstDuration / 1000);
  const lost = Math.max(0, unanswered(first) - connections);
  return [
    ['requests answered', `${count(answered)}, ${count(rate)}/s, 99 % within ${Math.max(first.p99, second.p99)} ms`],
    ['errors', `${first.errors + second.errors} broken connections, about ${lost} requests lost with them`],
    ['replacement', `ready ${count(story.replacementTime)} ms after SIGKILL`],
    ['messages', `${count(owner.messagesReceived)} from workers, ${owner.messagesSent} to workers`],
    ['requests', `${owner.requestsAnswered} asked by workers, ${owner.requestsAsked} asked by the primary`],
  ];
}
