import { expect } from 'chai';
import { Access, type AccessRules } from '../../lib/storage/access.js';
import { ChangeLog } from '../../lib/storage/change-log.js';
import { RemoteUser } from '../../lib/storage/remote-user.js';
import { StorageClient } from '../../lib/storage/storage-client.js';
import { StorageHub, type StorageHubParts, type WriteGate } from '../../lib/storage/storage-hub.js';
import { parsePath } from '../../lib/storage/storage-path.js';
import type { StorageRequest } from '../../lib/storage/storage-request.js';
import type { Commit, Storable, Store, StoredChange } from '../../lib/storage/store.js';
import { attempt } from '../../lib/util/attempt.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Posted, RecordedLine } from '../support/recorded-line.js';
import { roomy } from './opened-store.js';

const root = parsePath('');

type Tree = { readonly [key: string]: Storable };

/** Nobody wants to see writes before they are carried out. */
export const openGate: WriteGate = { isOn: false, pass: (_writes, _by, apply) => void apply(), expired: () => {} };

/** A log that forgets soon, and notes everything for the test. */
class ForgetfulLog extends ChangeLog {
  readonly told: StoredChange[] = [];

  override add(changes: readonly StoredChange[]): void {
    this.told.push(...changes);
    super.add(changes);
  }
}

class ForgetfulHub extends StorageHub {
  override readonly log: ForgetfulLog;

  constructor(parts: StorageHubParts, mostChanges: number) {
    super(parts);
    this.log = new ForgetfulLog({ changes: mostChanges, weight: 16 * 2 ** 20 });
  }
}

/** How a {@link ReplicaWorld} is made. */
export interface WorldSettings {
  readonly store: Store;
  /** How many changes are remembered. @default 1_000 */
  readonly mostChanges?: number;
  readonly gate?: WriteGate;
}

/** A storage, and everything that was ever in it: what anybody may have in a replica is checked against that. */
export class ReplicaWorld {
  readonly clock = new FakeClock(1_000);
  readonly store: Store;
  readonly hub: ForgetfulHub;
  readonly #states: { readonly version: number; readonly tree: Tree }[] = [{ version: 0, tree: {} }];
  #noted = 0;

  constructor({ store, mostChanges = 1_000, gate = openGate }: WorldSettings) {
    this.store = store;
    this.hub = new ForgetfulHub({ store, clock: this.clock, limits: roomy, gate }, mostChanges);
  }

  /** What was in the store after the write of this number, and whatever else was there before it. */
  stateAt(version: number): Tree {
    this.#note();
    const state = this.#states.findLast(each => each.version <= version);
    return state?.tree ?? {};
  }

  /** Changes that somebody may see at all, of those that were told. */
  visible(access: Access): number[] {
    return this.hub.log.told.filter(change => access.narrow(change)).map(({ version }) => version);
  }

  #note(): void {
    const { told } = this.hub.log;
    for (; this.#noted < told.length; this.#noted++) {
      const { version, path, value } = told[this.#noted] as StoredChange;
      const before = this.#states.at(-1)?.tree ?? {};
      this.#states.push({ version, tree: (withValue(before, path.segments, value) ?? {}) as Tree });
    }
  }
}

function withValue(tree: Storable | undefined, [segment, ...below]: readonly string[], value: Storable | undefined) {
  if (segment === undefined) return value;

  const { ...fields } = tree as { [key: string]: Storable };
  const before = Object.hasOwn(fields, segment) ? fields[segment] : below.length > 0 ? {} : undefined;
  const after: Storable | undefined = withValue(before, below, value);
  if (after === undefined) delete fields[segment];
  else fields[segment] = after;
  return fields;
}

/** What a client told of changes: the version of one, or that it has missed some. */
type Heard = number | 'gap';

/** Somebody who uses the storage from another process: what is said goes over lines that the test moves on. */
export class Resident {
  readonly up = new RecordedLine();
  readonly down = new RecordedLine();
  readonly access: Access;
  readonly user: RemoteUser;
  readonly client: StorageClient;
  readonly heard: Heard[] = [];
  readonly lost: number[] = [];
  /** What has gone wrong where nobody waited for it. */
  readonly failures: unknown[] = [];
  /** How many promises are not settled. */
  open = 0;
  readonly #world: ReplicaWorld;
  /** The last version of the store when a request was carried out, by its id. */
  readonly #carriedOut = new Map<number, number>();
  readonly #asked: { id: number }[] = [];
  #version = 0;

  constructor(world: ReplicaWorld, rules: AccessRules = {}, maxPending = 1_000) {
    const { hub } = world;
    this.#world = world;
    this.access = new Access('guests', rules);
    this.user = new RemoteUser({ hub, line: this.down, access: this.access, name: 'worker 1', maxPending });
    hub.add(this.user);
    const post = (id: number, body: unknown) => this.#post(id, body);
    this.client = new StorageClient({ line: { post }, maxPending: 1_000, listener: this.#listener() });
  }

  /** Asks, and checks when it is answered that the replica is as new as the answer. */
  ask(request: StorageRequest): void {
    const ticket = { id: 0 };
    this.#asked.push(ticket);
    this.open++;
    const settled = (commit?: Commit) => {
      this.open--;
      this.#check(() => this.#answered(ticket.id, commit));
    };
    this.client.ask(request).then(
      answer => settled(request.type === 'commit' ? (answer as Commit) : undefined),
      () => void this.open--,
    );
  }

  /** So many requests arrive at the primary, in one go. */
  sendUp(count: number): void {
    for (let left = count; left > 0 && this.up.size > 0; left--) {
      const [id, body] = this.up.next() as Posted;
      expect(this.user.take(id, body), `request ${id} is taken`).to.equal(true);
      // What is said of locks is said at once, whatever the store waits for.
      const { store, hub } = this.#world;
      this.#carriedOut.set(id, Array.isArray(body) && body[0] === 'renew' ? hub.log.newest : store.version);
      expect(this.user.take(id, body), `request ${id} is taken again`).to.equal(false);
    }
  }

  /** So much of what the primary has said arrives, in one go. */
  sendDown(count: number): void {
    for (let left = count; left > 0 && this.down.size > 0; left--) {
      const [id, body] = this.down.next() as Posted;
      this.client.take(id, body);
      this.checkReplica();
    }
  }

  /** What the replica has is what the store had at its version, and that only grows. */
  checkReplica(): void {
    const { source } = this.client;
    if (source === undefined) return;

    expect(source.version).to.be.at.least(this.#version);
    this.#version = source.version;
    const value = attempt(() => source.peek(root), undefined);
    expect(value, `the replica at ${source.version}`).to.deep.equal(
      this.access.prune(this.#world.stateAt(source.version), root) ?? {},
    );
  }

  /** Of all changes that it may see, none was missed unless that was said, and none came twice. */
  checkHeard(): void {
    const visible = this.#world.visible(this.access);
    let place = -1;
    let mayJump = true;
    for (const each of this.heard) {
      if (each === 'gap') mayJump = true;
      else {
        const at = visible.indexOf(each);
        expect(at, `change ${each} after ${visible[place]} of ${visible}`).to.be.above(place);
        if (!mayJump) expect(at, `change ${each} after ${visible[place]}`).to.equal(place + 1);
        place = at;
        mayJump = false;
      }
    }
  }

  /** It knows of everything that it may see. */
  checkIsCurrent(): void {
    const { source } = this.client;
    const newest = this.#world.visible(this.access).at(-1) ?? 0;
    if (source) expect(source.version).to.be.at.least(newest);
  }

  #post(id: number, body: unknown): void {
    const isAttach = Array.isArray(body) && body[0] === 'attach';
    if (!isAttach) {
      const ticket = this.#asked.shift();
      if (ticket) ticket.id = id;
    }
    this.up.post(id, body);
  }

  #answered(id: number, commit: Commit | undefined): void {
    const knownOf = this.#carriedOut.get(id) ?? 0;
    const { source } = this.client;
    const wanted = this.#world.visible(this.access).findLast(version => version <= knownOf) ?? 0;
    expect(source?.version, `the replica when request ${id} is answered`).to.be.at.least(wanted);
    if (commit) expect(commit.version).to.be.at.most(this.#world.store.version);
  }

  #listener() {
    return {
      wantsChanges: true,
      changed: (changes: readonly StoredChange[]) => void this.heard.push(...changes.map(({ version }) => version)),
      fellBehind: () => void this.heard.push('gap'),
      lockLost: (id: number) => void this.lost.push(id),
    };
  }

  #check(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.failures.push(error);
    }
  }
}
