import type { StoreLine } from '../channel/store-line.js';
import { ChannelClosedError } from '../errors/errors.js';
import { WatchOverflowError } from '../errors/storage-errors.js';
import type { Clock } from '../util/clock.js';
import { type ChangeCode, decodeChanges } from './change-code.js';
import { ConnectedStorage } from './connected-storage.js';
import { EarlyCalls } from './early-calls.js';
import { StorageClient } from './storage-client.js';
import type { StorageRequest } from './storage-request.js';
import type { StorageSeam, StorageSource } from './storage-seam.js';
import type { StoredChange } from './store.js';
import { Watches } from './watches.js';
import { deepestRoom, type ValueRoom } from './write-code.js';

/** What a {@link RemoteSeam} is made with. */
export interface RemoteSeamParts {
  readonly clock: Clock;
  /** Resolves when {@link RemoteSeam.connect} has been called; rejects when it never will be. */
  readonly connected: () => Promise<unknown>;
}

/** A shared storage whose data is in another process, the primary. */
export class RemoteSeam implements StorageSeam {
  readonly storage: ConnectedStorage;
  readonly clock: Clock;
  readonly room: ValueRoom = deepestRoom;
  readonly watches = new Watches();
  readonly #connected: () => Promise<unknown>;
  readonly #early = new EarlyCalls<StorageClient>();
  #client: StorageClient | undefined;

  constructor({ clock, connected }: RemoteSeamParts) {
    this.clock = clock;
    this.#connected = connected;
    this.storage = new ConnectedStorage(this);
  }

  get source(): StorageSource | undefined {
    return this.#client?.source;
  }

  get isLive(): boolean {
    return this.#client?.isLive ?? false;
  }

  /** From now on it is asked for over the line. */
  connect(line: Pick<StoreLine, 'post'>, maxPending: number): void {
    const { watches, storage } = this;
    const listener = {
      get wantsChanges() {
        return watches.size > 0;
      },
      changed: (changes: readonly StoredChange[]) => watches.tell(changes),
      fellBehind: () => watches.failAll(fellBehind),
      lockLost: (id: number) => storage.locks.lost(id),
    };
    this.#client = new StorageClient({ line, maxPending, listener });
    this.#early.arrived(this.#client);
  }

  /** Something came over the line. */
  take(id: number, body: unknown): void {
    this.#client?.take(id, body);
  }

  /** Something could not be sent. */
  failed(id: number, error: unknown): void {
    this.#client?.failed(id, error);
  }

  /** The other side is gone: it holds no lock for us any more, and tells us nothing. */
  close(reason: Error): void {
    this.#client?.close(reason);
    this.storage.locks.loseAll(reason);
    this.watches.close(reason);
  }

  attach(): Promise<void> {
    if (this.#client) return this.#client.attach();

    this.#connect().catch(error => this.#early.failed(error));
    return this.#early.add(client => client.attach());
  }

  ask(request: StorageRequest, answered?: (answer: unknown) => void): Promise<unknown> {
    if (this.#client) return this.#client.ask(request, answered);

    this.#connect().catch(error => this.#early.failed(error));
    return this.#early.add(client => client.ask(request, answered));
  }

  async history(since: number, begin: (changes: readonly StoredChange[]) => void): Promise<void> {
    await this.ask({ type: 'history', since }, answer => begin(decodeChanges(answer as ChangeCode)));
  }

  async #connect(): Promise<void> {
    await this.#connected();
    if (!this.#client) throw new ChannelClosedError('There is no channel to the primary', { peer: 'the primary' });
  }
}

/** More has changed than the primary remembers. */
function fellBehind({ path, version }: { readonly path: { readonly text: string }; readonly version: number }): Error {
  const message = `So much has changed that a watch of \`${path.text}\` missed some of it: read what there is, and watch from there`;
  return new WatchOverflowError(message, { path: path.text, version });
}
