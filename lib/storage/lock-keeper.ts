import { checkKnown, checkOption } from '../errors/check-option.js';
import { waitOrAbort } from '../util/abortable.js';
import { instanceOf, optional, record } from '../util/check.js';
import { ignorable } from '../util/ignorable.js';
import { whenAborted } from '../util/when-aborted.js';
import { HeldLock } from './held-lock.js';
import { lockName, lockTtl } from './lock-table.js';
import type { LockOptions } from './shared-storage.js';
import type { StorageSeam } from './storage-seam.js';

/** The answer to who asks for a lock: its token, and the milliseconds it was waited for. */
export type LockGrant = readonly [token: number, waited: number];

/** The locks that a process holds and waits for. */
export class LockKeeper {
  readonly #seam: Pick<StorageSeam, 'ask' | 'clock' | 'attach'>;
  readonly #held = new Map<number, HeldLock>();
  #lastId = 0;

  constructor(seam: Pick<StorageSeam, 'ask' | 'clock' | 'attach'>) {
    this.#seam = seam;
  }

  /** See {@link SharedStorage.lock}. */
  async lock(name: string, options: LockOptions = {}): Promise<HeldLock> {
    checkOption('name', name, lockName);
    checkOption('the options of lock()', options, record);
    checkKnown(['ttl', 'signal'], options, 'lock()');
    const { ttl = Number.POSITIVE_INFINITY, signal } = options;
    checkOption('ttl', ttl, lockTtl);
    checkOption('signal', signal, optional(instanceOf(AbortSignal)));
    signal?.throwIfAborted();
    await waitOrAbort(this.#seam.attach(), signal);
    return this.#wait({ name, ttl }, signal);
  }

  /** The lock of this id was taken away, or given to somebody else. */
  lost(id: number, cause?: unknown): void {
    const lock = this.#held.get(id);
    this.#held.delete(id);
    lock?.lose(cause);
  }

  /** All are lost. */
  loseAll(cause: unknown): void {
    for (const id of [...this.#held.keys()]) this.lost(id, cause);
  }

  async #wait(wish: { readonly name: string; readonly ttl: number }, signal: AbortSignal | undefined) {
    const id = ++this.#lastId;
    const sentAt = this.#seam.clock.now();
    let lock: HeldLock | undefined;
    const asked = this.#seam.ask({ type: 'lock', id, ...wish }, answer => {
      // Who gives up gets no grant; or gets one that has crossed with the word that it does.
      if (!isGrant(answer) || signal?.aborted) return;
      const [token, waited] = answer;
      lock = this.#hold(id, { ...wish, token, since: sentAt + waited });
    });
    const giveUp = () => void ignorable(lock?.release() ?? this.#seam.ask({ type: 'unlock', id }));
    const stopListening = signal && whenAborted(signal, giveUp);
    try {
      await waitOrAbort(asked, signal);
    } finally {
      stopListening?.();
    }
    return lock as HeldLock;
  }

  #hold(id: number, facts: { name: string; ttl: number; token: number; since: number }): HeldLock {
    const { clock } = this.#seam;
    const seam = {
      release: async () => {
        this.#held.delete(id);
        await this.#seam.ask({ type: 'unlock', id });
      },
      renew: async (ttl: number) => (await this.#seam.ask({ type: 'renew', id, ttl })) === true,
    };
    const lock = new HeldLock({ ...facts, clock, seam });
    this.#held.set(id, lock);
    return lock;
  }
}

function isGrant(answer: unknown): answer is LockGrant {
  return Array.isArray(answer);
}
