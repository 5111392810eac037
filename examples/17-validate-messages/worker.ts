import { ClusterWorker, type PrimaryRequestEvent, type WorkerHandlers } from 'phased-cluster';
import { type Kitchen, schemas } from './kitchen.js';

class Cook extends ClusterWorker<Kitchen> implements WorkerHandlers<Kitchen> {
  /** Gets only what fits, as the schema gives it back: `dish` is trimmed. */
  _eventPrimaryRequest_cook({ data: { message } }: PrimaryRequestEvent<Kitchen, 'cook'>): { grams: number } {
    return { grams: message.dish === 'soup' ? 300 * message.portions : -1 };
  }
}

new Cook({ schemas });
