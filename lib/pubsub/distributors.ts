/** Counts changes of who distributes for whom, anywhere: what was derived from an older count is stale. */
let topology = 0;

/** An object that may have distributors. */
export interface Distributing<Member extends Distributing<Member>> {
  /** Whether it is destroyed, and distributes nothing any more. */
  readonly released: boolean;
  readonly distributors: Distributors<Member>;
}

/** Who is offered the events of one object as well. */
export class Distributors<Member extends Distributing<Member>> {
  readonly #owner: Member;
  readonly #members = new Set<Member>();
  #path: readonly Member[];
  #pathTopology = -1;

  constructor(owner: Member) {
    this.#owner = owner;
    this.#path = [owner];
  }

  /** Whether there is none. */
  get empty(): boolean {
    return this.#members.size === 0;
  }

  /** The object itself, then whoever distributes for it, directly or not, nearest first and each once. */
  get path(): readonly Member[] {
    if (this.#pathTopology !== topology) {
      this.#path = this.#findPath();
      this.#pathTopology = topology;
    }
    return this.#path;
  }

  add(member: Member): void {
    if (this.#owner.released || member.released) return;

    this.#members.add(member);
    topology++;
  }

  delete(member: Member): boolean {
    topology++;
    return this.#members.delete(member);
  }

  /** Lets all go, and those that hold its owner know that they can. */
  release(): void {
    this.#members.clear();
    this.#path = [this.#owner];
    topology++;
  }

  #findPath(): readonly Member[] {
    const path = new Set([this.#owner]);
    for (const member of path) for (const distributor of member.distributors.#live()) path.add(distributor);
    return [...path];
  }

  /** Those that are not destroyed; the others are let go. */
  #live(): Iterable<Member> {
    for (const member of this.#members) if (member.released) this.#members.delete(member);
    return this.#members;
  }
}
