import { connect } from 'node:net';

/** What became of the requests of a crowd. */
export interface Visits {
  answered: number;
  /** Reset, or closed without an answer. */
  failed: number;
  /** Nobody listened. */
  refused: number;
  /** Nothing came within the patience of the visitors. */
  hung: number;
  /** Milliseconds that the longest visit took. */
  longest: number;
}

export interface CrowdOptions {
  readonly port: number;
  /** How many requests are under way at any time. */
  readonly size: number;
  /** Milliseconds after which a visitor gives up. */
  readonly patience: number;
}

/** Visitors of a port, each of whom makes one request after the other, over a connection of its own. */
export class Crowd {
  readonly visits: Visits = { answered: 0, failed: 0, refused: 0, hung: 0, longest: 0 };
  readonly #options: CrowdOptions;
  readonly #visitors: readonly Promise<void>[];
  #goesOn = true;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#visitors = Array.from({ length: options.size }, () => this.#visitAgainAndAgain());
  }

  /** Lets everybody finish; resolves with what became of all requests. */
  async leave(): Promise<Visits> {
    this.#goesOn = false;
    await Promise.all(this.#visitors);
    return this.visits;
  }

  async #visitAgainAndAgain(): Promise<void> {
    while (this.#goesOn) {
      const began = performance.now();
      const outcome = await this.#visit();
      this.visits[outcome]++;
      this.visits.longest = Math.max(this.visits.longest, performance.now() - began);
    }
  }

  #visit(): Promise<'answered' | 'failed' | 'refused' | 'hung'> {
    const { port, patience } = this.#options;
    return new Promise(resolve => {
      const socket = connect({ port, host: '127.0.0.1' });
      let answer = '';
      let outcome: 'refused' | 'hung' | undefined;
      socket.setTimeout(patience, () => {
        outcome = 'hung';
        socket.destroy();
      });
      socket.on('error', ({ message }) => {
        if (message.includes('ECONNREFUSED')) outcome = 'refused';
      });
      socket.on('data', chunk => {
        answer += chunk;
      });
      socket.on('close', () => resolve(outcome ?? (/^HTTP.*\r\n\r\n./s.test(answer) ? 'answered' : 'failed')));
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    });
  }
}
