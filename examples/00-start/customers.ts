import { Agent, get } from 'node:http';

/** Those who keep their connection for the next request, and those who come anew each time. */
const keepAliveCount = 8;
const freshCount = 2;

/** An answer that takes longer than this was not given. In milliseconds. */
const timeout = 10_000;

/** Ask without a pause, as browsers do: a connection of which the server says that it will be closed is not used again. */
export class Customers {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: keepAliveCount });
  readonly #leaving = new AbortController();
  readonly #visits: readonly Promise<void>[];
  /** Answers with a 2xx status. */
  answered = 0;
  /** What went wrong, a line for each request without such an answer. */
  readonly failures: string[] = [];

  constructor(url: string) {
    this.#url = url;
    const agents = [...Array(keepAliveCount).fill(this.#agent), ...Array(freshCount).fill(false)];
    this.#visits = agents.map(agent => this.#visit(agent));
  }

  /** Resolves when every request that was made has been answered, or has failed. */
  async leave(): Promise<void> {
    this.#leaving.abort();
    await Promise.all(this.#visits);
    this.#agent.destroy();
  }

  async #visit(agent: Agent | false): Promise<void> {
    while (!this.#leaving.signal.aborted) {
      try {
        const status = await this.#ask(agent);
        if (status === 200) this.answered++;
        else this.failures.push(`status ${status}`);
      } catch (error) {
        this.failures.push(String(error));
      }
    }
  }

  #ask(agent: Agent | false): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const request = get(this.#url, { agent, timeout }, response => {
        response.on('error', reject).on('end', () => resolve(response.statusCode));
        response.resume();
      });
      request.on('error', reject);
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeout} ms`)));
    });
  }
}
