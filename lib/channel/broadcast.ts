import { type MessageFrame, messageFrame } from '../protocol/frame.js';
import { type Carriage, type Unserializable, weighMessage } from '../protocol/json-safe.js';
import { partlyFailed } from './outbox-errors.js';

/** What one frame on its way to several tells each of its entries. */
export interface SharedFrame {
  readonly frame: MessageFrame;
  weigh(carriage: Carriage): number | Unserializable;
  sent(): void;
  failed(error: unknown): void;
}

/** One message on its way to several receivers: one frame, one weight and one promise for all of them. */
export class Broadcast<R> implements SharedFrame {
  readonly frame: MessageFrame;
  /**
   * Resolves with the receivers when the message was handed over for all of them; rejects with an AggregateError when
   * that failed for some and was tried for each. It may be ignored.
   */
  readonly outcome: Promise<R[]>;
  readonly #receivers: readonly R[];
  readonly #errors: unknown[] = [];
  #json: number | Unserializable | undefined = undefined;
  #advanced: number | Unserializable | undefined = undefined;
  #left: number;
  #resolve: (receivers: R[]) => void = () => {};
  #reject: (error: Error) => void = () => {};

  /** @param receivers at least one. */
  constructor(body: unknown, receivers: readonly R[]) {
    this.frame = messageFrame(body);
    this.#receivers = receivers;
    this.#left = receivers.length;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** What {@link weighMessage} says of the body; asked once for each serialization. */
  weigh(carriage: Carriage): number | Unserializable {
    if (carriage.serialization === 'json') {
      this.#json ??= weighMessage(this.frame[2], carriage);
      return this.#json;
    }
    this.#advanced ??= weighMessage(this.frame[2], carriage);
    return this.#advanced;
  }

  /** It is on its way to one receiver. */
  sent(): void {
    this.#left--;
    if (this.#left > 0) return;
    if (this.#errors.length === 0) this.#resolve([...this.#receivers]);
    else this.#fail();
  }

  /** It will not reach one receiver. */
  failed(error: unknown): void {
    this.#errors.push(error);
    this.sent();
  }

  #fail(): void {
    this.outcome.catch(() => {});
    this.#reject(partlyFailed(this.#errors, this.#receivers.length));
  }
}
