import { type MessageFrame, messageFrame } from '../protocol/frame.js';
import { type Carriage, type Serialization, type Unserializable, weighMessage } from '../protocol/json-safe.js';
import { Deferred } from '../util/deferred.js';

/** One message on its way to several processes: a frame, a weight and a promise for all of them. */
export class Broadcast {
  readonly frame: MessageFrame;
  readonly #settled = new Deferred<readonly unknown[]>();
  readonly #errors: unknown[] = [];
  readonly #weights: { [S in Serialization]?: number | Unserializable } = {};
  #left: number;

  /** @param receivers how many there are, at least one. */
  constructor(body: unknown, receivers: number) {
    this.frame = messageFrame(body);
    this.#left = receivers;
  }

  /** Resolves, with the errors there were, when the message was handed over for every receiver or failed for it. */
  get settled(): Promise<readonly unknown[]> {
    return this.#settled.promise;
  }

  /** What {@link weighMessage} says of the body; asked once for each serialization. */
  weigh(carriage: Carriage): number | Unserializable {
    const { serialization } = carriage;
    this.#weights[serialization] ??= weighMessage(this.frame[2], carriage);
    return this.#weights[serialization];
  }

  /** It is on its way to one receiver. */
  sent(): void {
    this.#left--;
    if (this.#left === 0) this.#settled.resolve(this.#errors);
  }

  /** It will not reach one receiver. */
  failed(error: unknown): void {
    this.#errors.push(error);
    this.sent();
  }
}
