import { storeFrame } from '../protocol/frame.js';
import type { Outbox } from './outbox.js';
import type { PeerHooks } from './peer-options.js';

const unlimited = { limited: false };
const asLimited = Object.freeze({ hold: true, limited: true });
const asUnlimited = Object.freeze({ hold: true, limited: false });

/** What is said about shared storage in a conversation between two processes. */
export class StoreLine {
  readonly #outbox: Outbox;
  readonly #hooks: PeerHooks;

  constructor(outbox: Outbox, hooks: PeerHooks) {
    this.#outbox = outbox;
    this.#hooks = hooks;
  }

  /** Whether so much waits for the operating system that more would only take memory. */
  get crowded(): boolean {
    return this.#outbox.crowded;
  }

  /** Resolves when that is not so; also when the conversation ends. */
  uncrowded(): Promise<void> {
    return this.#outbox.uncrowded();
  }

  /** Sends a body, which is not `undefined`; the hook `storeFailed` hears when it cannot. */
  post(id: number, body: unknown, { limited } = unlimited): void {
    this.#outbox.post(storeFrame(id, body), limited ? asLimited : asUnlimited);
  }

  /** The other side says something; returns whether anybody listens. */
  take(id: number, body: unknown): boolean {
    this.#hooks.store?.(id, body);
    return this.#hooks.store !== undefined;
  }

  /** Something could not be sent, or was too large to be taken. */
  failed(id: number, error: unknown): void {
    this.#hooks.storeFailed?.(id, error);
  }
}
