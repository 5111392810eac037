import type { Readable } from 'node:stream';

/** Of what a process complained about last, at most so many lines are kept. */
const mostLines = 20;

/** And at most so many bytes. */
const mostBytes = 8 * 1024;

/** The last lines that a process writes to its standard error. Whoever else reads them misses nothing. */
export class StderrTail {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  readonly #atEnd: () => void;

  /** @param atEnd called when nothing comes any more. */
  constructor(stderr: Readable, atEnd: () => void) {
    this.#atEnd = atEnd;
    const push = stderr.push;
    // No listener of 'data': it would make the stream flow, past those who come to listen later.
    stderr.push = (chunk, ...rest) => {
      this.#take(chunk);
      return push.call(stderr, chunk, ...rest);
    };
    stderr.once('close', () => this.#take(null));
  }

  /** Whether nothing comes any more. */
  get ended(): boolean {
    return this.#ended;
  }

  get lines(): readonly string[] {
    const kept = Buffer.concat(this.#chunks).subarray(-mostBytes).toString('utf8');
    const lines = kept.split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return Object.freeze(lines.slice(-mostLines));
  }

  #take(chunk: unknown): void {
    if (chunk === null) {
      const wasOpen = !this.#ended;
      this.#ended = true;
      if (wasOpen) this.#atEnd();
    } else if (Buffer.isBuffer(chunk)) {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      this.#forget();
    }
  }

  #forget(): void {
    for (let [first] = this.#chunks; first && this.#bytes - first.length >= mostBytes; [first] = this.#chunks) {
      this.#chunks.shift();
      this.#bytes -= first.length;
    }
  }
}
