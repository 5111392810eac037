import { checkOption } from '../errors/check-option.js';
import { BackpressureError } from '../errors/errors.js';
import { number, type Rule } from '../util/check.js';
import type { Clock, Timer } from '../util/clock.js';
import { Ring } from '../util/ring.js';

/** What a lock may be called. */
export const lockName: Rule = Object.freeze({
  expected: 'a non-empty string of at most 256 characters',
  accepts: (value: unknown) => typeof value === 'string' && value !== '' && value.length <= 256,
});

/** How long a lock may be held, in milliseconds. */
export const lockTtl: Rule = number({ above: 0, orInfinity: true });

/** Somebody asks for a lock. */
export interface LockRequest<Owner> {
  readonly name: string;
  readonly owner: Owner;
  /** What the owner calls this request; no other of its own has the same id at the same time. */
  readonly id: number;
  /** Milliseconds, from when it is granted. */
  readonly ttl: number;
}

/** What becomes of a request, unless its owner gives up: one of these is called, once. */
export interface LockOutcome {
  /**
   * From now on the owner holds the lock.
   *
   * @param waited milliseconds since it was asked for: somebody else, whose clock is another, knows by that that it was
   * granted at least so long after the request was sent.
   */
  granted(token: number, waited: number): void;
  /** There is no token to be had. */
  failed(error: unknown): void;
}

/** What a {@link LockTable} is made with. */
export interface LockTableOptions<Owner> {
  readonly clock: Clock;
  /** How many locks an owner may hold and wait for. @default 10_000 */
  readonly maxRequests?: number | undefined;
  /** A number greater than all before, in the order of the calls. What depends on it waits for it. */
  nextToken(): number | Promise<number>;
  /** Told when the time of a holder is over; the lock is not yet anybody else's. */
  lost(owner: Owner, id: number): void;
  /** What an owner is called, for messages. */
  nameOf(owner: Owner): string;
}

interface Claim<Owner> extends LockRequest<Owner> {
  readonly lock: Lock<Owner>;
  readonly outcome: LockOutcome;
  readonly askedAt: number;
  /** `drawing`: it is the next holder, and waits for its token; nobody else gets the lock meanwhile. */
  state: 'waiting' | 'drawing' | 'holding' | 'over';
  /** When its time is over, by the clock. */
  deadline: number;
  timer: Timer | undefined;
}

interface Lock<Owner> {
  readonly name: string;
  /** Who holds it, or is about to. */
  holder: Claim<Owner> | undefined;
  readonly waiting: Ring<Claim<Owner>>;
  /** Whether somebody looks for the next holder already: what is called then may free the lock again at once. */
  offering: boolean;
}

/**
 * Who holds which lock, and who is next: one holder at most, in the order of the requests.
 *
 * Each holder gets a token greater than that of every holder before. A lock is free again when it is released, when the
 * time of its holder is over, and when the owner is gone; who holds it then learns nothing by itself, so it has to compare
 * the time (see {@link HeldLock}), and what it writes to has to compare the tokens.
 */
export class LockTable<Owner> {
  readonly #options: LockTableOptions<Owner>;
  readonly #locks = new Map<string, Lock<Owner>>();
  readonly #claims = new Map<Owner, Map<number, Claim<Owner>>>();

  constructor(options: LockTableOptions<Owner>) {
    this.#options = options;
  }

  /** How many locks are held or waited for. */
  get size(): number {
    return this.#locks.size;
  }

  /**
   * Asks for a lock; it may be granted before this returns.
   *
   * @throws {@link InvalidOptionError} with code `CLUSTER_INVALID_OPTION`
   * @throws {@link BackpressureError} with code `CLUSTER_BACKPRESSURE`, when the owner has too many requests
   */
  acquire(request: LockRequest<Owner>, outcome: LockOutcome): void {
    this.#check(request);

    const lock = this.#lockNamed(request.name);
    const claim: Claim<Owner> = {
      ...{ ...request, lock, outcome, askedAt: this.#options.clock.now() },
      ...{ state: 'waiting', deadline: Number.POSITIVE_INFINITY, timer: undefined },
    };
    this.#claimsOf(request.owner).set(request.id, claim);
    lock.waiting.add(claim);
    this.#offer(lock);
  }

  /** Begins the time of a holder anew; returns `false` if it does not hold the lock any more, or not yet. */
  renew(owner: Owner, id: number, ttl: number): boolean {
    checkOption('ttl', ttl, lockTtl);
    const claim = this.#claims.get(owner)?.get(id);
    if (claim?.state !== 'holding') return false;

    const { clock } = this.#options;
    // Its timer may be late.
    if (clock.now() >= claim.deadline) return this.#watchTime(claim);

    claim.deadline = clock.now() + ttl;
    return this.#watchTime(claim);
  }

  /** Gives a lock to the next, or gives up waiting for it; returns `false` if the owner has no such request. */
  release(owner: Owner, id: number): boolean {
    const claim = this.#claims.get(owner)?.get(id);
    if (claim === undefined) return false;

    this.#end(claim);
    this.#offer(claim.lock);
    return true;
  }

  /** Gives all that an owner holds to the next, and gives up all that it waits for. */
  gone(owner: Owner): void {
    const claims = [...(this.#claims.get(owner)?.values() ?? [])];
    // First all of them: it is not to be given what it has waited for.
    for (const claim of claims) this.#end(claim);
    for (const { lock } of claims) this.#offer(lock);
  }

  #check({ name, owner, id, ttl }: LockRequest<Owner>): void {
    checkOption('name', name, lockName);
    checkOption('ttl', ttl, lockTtl);
    const claims = this.#claims.get(owner);
    checkOption('id', id, { expected: 'an id that is not in use', accepts: value => !claims?.has(value as number) });

    const most = this.#options.maxRequests ?? 10_000;
    if ((claims?.size ?? 0) < most) return;

    const peer = this.#options.nameOf(owner);
    const message = `${peer} holds and waits for ${most} locks, which is the limit`;
    throw new BackpressureError(message, { peer, limit: 'maxRequests' });
  }

  /** Finds the next holder, if there is none. */
  #offer(lock: Lock<Owner>): void {
    if (lock.offering) return;

    lock.offering = true;
    try {
      while (lock.holder === undefined) {
        const claim = lock.waiting.next();
        if (claim === undefined) break;

        lock.waiting.delete(claim);
        lock.holder = claim;
        this.#draw(claim);
      }
    } finally {
      lock.offering = false;
      this.#forgetIfUnused(lock);
    }
  }

  #draw(claim: Claim<Owner>): void {
    claim.state = 'drawing';
    let token: number | Promise<number>;
    try {
      token = this.#options.nextToken();
    } catch (error) {
      this.#fail(claim, error);
      return;
    }
    if (typeof token === 'number') this.#grant(claim, token);
    else void this.#grantLater(claim, token);
  }

  async #grantLater(claim: Claim<Owner>, token: Promise<number>): Promise<void> {
    let drawn: number;
    try {
      drawn = await token;
    } catch (error) {
      this.#fail(claim, error);
      return;
    }
    this.#grant(claim, drawn);
  }

  #grant(claim: Claim<Owner>, token: number): void {
    // It may have been given up meanwhile: then somebody else has drawn a later token.
    if (claim.state !== 'drawing') return;

    const now = this.#options.clock.now();
    claim.state = 'holding';
    claim.deadline = now + claim.ttl;
    claim.outcome.granted(token, now - claim.askedAt);
    // Whoever is told may have released it at once.
    if (this.#isHolding(claim)) this.#watchTime(claim);
  }

  #isHolding({ state }: Claim<Owner>): boolean {
    return state === 'holding';
  }

  #fail(claim: Claim<Owner>, error: unknown): void {
    if (claim.state !== 'drawing') return;

    this.#end(claim);
    claim.outcome.failed(error);
    this.#offer(claim.lock);
  }

  /** Ends it if its time is over, else comes back then, since timers may be early, or unable to wait so long. */
  #watchTime(claim: Claim<Owner>): boolean {
    claim.timer?.cancel();
    const left = claim.deadline - this.#options.clock.now();
    if (left > 0) {
      claim.timer = this.#options.clock.after(left, () => this.#watchTime(claim), { keepAlive: false });
      return true;
    }
    this.#end(claim);
    this.#options.lost(claim.owner, claim.id);
    this.#offer(claim.lock);
    return false;
  }

  /** Takes it out, whatever its state is; the lock may be free after that. */
  #end(claim: Claim<Owner>): void {
    const { owner, id, lock } = claim;
    claim.state = 'over';
    claim.timer?.cancel();
    lock.waiting.delete(claim);
    if (lock.holder === claim) lock.holder = undefined;

    const claims = this.#claimsOf(owner);
    claims.delete(id);
    if (claims.size === 0) this.#claims.delete(owner);
  }

  #forgetIfUnused(lock: Lock<Owner>): void {
    const unused = lock.holder === undefined && lock.waiting.size === 0;
    // In the meantime another one may go by the name.
    if (unused && this.#locks.get(lock.name) === lock) this.#locks.delete(lock.name);
  }

  #lockNamed(name: string): Lock<Owner> {
    let lock = this.#locks.get(name);
    if (lock === undefined) {
      lock = { name, holder: undefined, waiting: new Ring(), offering: false };
      this.#locks.set(name, lock);
    }
    return lock;
  }

  #claimsOf(owner: Owner): Map<number, Claim<Owner>> {
    let claims = this.#claims.get(owner);
    if (claims === undefined) {
      claims = new Map();
      this.#claims.set(owner, claims);
    }
    return claims;
  }
}
