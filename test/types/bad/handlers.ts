// Wrong handlers. Each line under a comment is the compile error that the comment describes.
import {
  ClusterPrimary,
  ClusterWorker,
  type PrimaryHandlers,
  type PrimaryMessageEvent,
  type Protocol,
  type WorkerHandlers,
  type WorkerMessageEvent,
  type WorkerRequestEvent,
} from '../../../lib/index.js';
import type { Kitchen } from '../good.js';

// error TS2420: Property '_eventWorkerMessage_burnt' is missing in type 'Forgot' but required in type 'PrimaryHandlers<Kitchen>'.
export class Forgot extends ClusterPrimary<Kitchen> implements PrimaryHandlers<Kitchen> {
  _eventWorkerMessage_plated(): void {}
  _eventWorkerRequest_pantry() {
    return { left: 1 };
  }
}

export class WrongReply extends ClusterPrimary<Kitchen> implements PrimaryHandlers<Kitchen> {
  _eventWorkerMessage_plated(): void {}
  _eventWorkerMessage_burnt(): void {}
  // error TS2416: Type 'string' is not assignable to type 'number'.
  async _eventWorkerRequest_pantry({ data }: WorkerRequestEvent<Kitchen, 'pantry'>) {
    return { left: data.message.name };
  }
}

export class WrongType extends ClusterPrimary<Kitchen> implements PrimaryHandlers<Kitchen> {
  // error TS2416: Type '"plated"' is not assignable to type '"platd"'.
  // error TS2344: Type '"platd"' does not satisfy the constraint 'TypeOf<Kitchen, "workerMessage">'.
  _eventWorkerMessage_plated(event: WorkerMessageEvent<Kitchen, 'platd'>): void {
    void event;
  }
  // error TS2416: Property 'table' is missing in type '{ readonly type: "burnt"; dish: string; }' but required in type '{ readonly type: "plated"; table: number; }'.
  _eventWorkerMessage_burnt(event: WorkerMessageEvent<Kitchen, 'plated'>): void {
    void event;
  }
  _eventWorkerRequest_pantry() {
    return { left: 1 };
  }
}

export class WrongField extends ClusterWorker<Kitchen> {
  // error TS2339: Property 'worker' does not exist on type 'Received<{ readonly type: "cook"; dish: string; table: number; }>'.
  _eventPrimaryMessage_cook({ data: { message, worker } }: PrimaryMessageEvent<Kitchen, 'cook'>): void {
    void worker;
    // error TS2339: Property 'length' does not exist on type 'number'.
    void message.table.length;
  }
}

type Menu = Pick<WorkerHandlers<Kitchen>, '_eventPrimaryRequest_menu'>;
export class NoStream extends ClusterWorker<Kitchen> implements Menu {
  // error TS2416: Property '[Symbol.asyncIterator]' is missing in type 'string[]' but required in type 'AsyncIterable<string>'.
  _eventPrimaryRequest_menu() {
    return ['soup'];
  }
}

interface Misspelt extends Protocol {
  workerMesage: { plated: object };
}
// error TS2420: Property '"unknown section workerMesage"' is missing in type 'ClusterPrimary<Misspelt, PrimaryEvents>' but required in type 'PrimaryHandlers<Misspelt>'.
export class Typo extends ClusterPrimary<Misspelt> implements PrimaryHandlers<Misspelt> {}

interface MisspeltStorage extends Protocol {
  storge: { count: number };
}
// error TS2420: Property '"unknown section storge"' is missing in type 'ClusterWorker<MisspeltStorage, WorkerEvents>' but required in type 'WorkerHandlers<MisspeltStorage>'.
export class StorageTypo extends ClusterWorker<MisspeltStorage> implements WorkerHandlers<MisspeltStorage> {}

interface Stored extends Protocol {
  storage: { count: number };
}
// What is shared asks for no handler.
export class Counter extends ClusterPrimary<Stored> implements PrimaryHandlers<Stored> {}
export class Counted extends ClusterWorker<Stored> implements WorkerHandlers<Stored> {}
