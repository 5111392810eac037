import type { StoreContext } from '../../lib/storage/store.js';
import { LateStore as HeldStore } from '../support/late-store.js';

const aTurn = () => new Promise<void>(resolve => setImmediate(resolve));

/** A store that answers later, as one does that has to wait for a disk: each thing in its turn, by itself. */
export class LateStore extends HeldStore {
  override open(context: StoreContext): Promise<void> {
    super.open(context);
    return aTurn();
  }

  override close(): Promise<void> {
    super.close();
    return aTurn();
  }

  protected override _due(): void {
    setImmediate(() => this.answer() || this.tell());
  }
}
