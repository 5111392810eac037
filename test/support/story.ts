import type { Facts, HistoryEvent, OperationName } from './history.js';

/** An operation that somebody has begun. */
export interface Deed {
  readonly process: string;
  readonly index: number;
  readonly op: OperationName;
}

/** A history made by hand: what comes later in the code happened later. */
export class Story {
  readonly events: HistoryEvent[] = [];
  #next = 0;

  begin(process: string, op: OperationName, facts: Facts = {}): Deed {
    const deed = { process, index: this.#next++, op };
    this.#note(deed, 'invoke', facts);
    return deed;
  }

  end(deed: Deed, facts: Facts = {}, type: HistoryEvent['type'] = 'ok'): this {
    this.#note(deed, type, facts);
    return this;
  }

  /** Does something from its beginning to its end, while nobody else does anything. */
  did(process: string, op: OperationName, facts: Facts, answer: Facts = {}): this {
    return this.end(this.begin(process, op, facts), answer);
  }

  failed(process: string, op: OperationName, facts: Facts): this {
    return this.end(this.begin(process, op, facts), {}, 'fail');
  }

  set(process: string, path: string, value: string, version: number): this {
    return this.did(process, 'set', { path, value }, { version });
  }

  read(process: string, op: 'get' | 'entry' | 'peek', path: string, value: unknown, version?: number): this {
    return this.did(process, op, { path }, { value, version });
  }

  /** A watch from its beginning to its end: what it saw at last. */
  watched(process: string, path: string, ...changes: readonly Facts[]): this {
    const deed = this.begin(process, 'watch', { path });
    for (const change of changes) this.end(deed, { change: 'set', ...change });
    return this;
  }

  died(process: string): this {
    this.#note({ process, index: -1, op: 'death' }, 'ok', {});
    return this;
  }

  #note({ process, index, op }: Deed, type: HistoryEvent['type'], facts: Facts): void {
    this.events.push({ process, index, type, op, ...facts, time: this.events.length + 1 });
  }
}
