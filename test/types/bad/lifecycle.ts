// Wrong subclasses. Each line under a comment is the compile error that the comment describes.
import { ClusterPrimary, ClusterWorker, type EventOf, type PrimaryEvents, type Protocol } from '../../../lib/index.js';
import type { Kitchen } from '../good.js';

export class SuperInitialize extends ClusterPrimary<Kitchen> {
  protected override async _initialize(): Promise<void> {
    // error TS2722: Cannot invoke an object which is possibly 'undefined'.
    // error TS2554: Expected 1 arguments, but got 0.
    await super._initialize();
  }
}

export class SuperActivate extends ClusterWorker<Kitchen> {
  protected override async _activate(): Promise<void> {
    // error TS2722: Cannot invoke an object which is possibly 'undefined'.
    await super._activate();
  }
}

export class SuperDestroy extends ClusterWorker<Kitchen> {
  protected override async _destroy(): Promise<void> {
    // error TS2722: Cannot invoke an object which is possibly 'undefined'.
    await super._destroy();
  }
}

export class Forgetful extends ClusterPrimary<Kitchen> {
  // error TS4114: This member must have an 'override' modifier because it overrides a member in the base class 'ClusterPrimary<Kitchen, PrimaryEvents>'.
  protected _destroy(): void {}
}

export class Redeclared extends ClusterPrimary<Kitchen> {
  // error TS2610: 'ready' is defined as an accessor in class 'ClusterPrimary<Kitchen, PrimaryEvents>', but is overridden here in 'Redeclared' as an instance property.
  // error TS4114: This member must have an 'override' modifier because it overrides a member in the base class 'ClusterPrimary<Kitchen, PrimaryEvents>'.
  ready: Promise<this> = Promise.resolve(this);
}

interface Base extends Protocol {
  primaryMessage: { ping: { at: number } };
}
export class Heartbeat<P extends Base = Base> extends ClusterPrimary<P> {
  wrongField() {
    // error TS2322: Type 'string' is not assignable to type 'number'.
    return this.send({ message: { type: 'ping', at: 'x' } });
  }
  wrongType() {
    // error TS2322: Type '"pong"' is not assignable to type '"ping"'.
    return this.send({ message: { type: 'pong', at: 1 } });
  }
}

// error TS2322: Type '"all"' is not assignable to type 'number | "auto" | undefined'.
new ClusterPrimary({ workerCount: 'all' });
// error TS2561: Object literal may only specify known properties, but 'workerScritp' does not exist in type 'ClusterPrimaryOptions<AnyProtocol>'. Did you mean to write 'workerScript'?
new ClusterPrimary({ workerScritp: './cook.js' });
// error TS2561: Object literal may only specify known properties, but 'platd' does not exist in type '{ readonly burnt?: StandardSchema<unknown, unknown>; readonly plated?: StandardSchema<unknown, unknown>; }'. Did you mean to write 'plated'?
new ClusterPrimary<Kitchen>({ schemas: { workerMessage: { platd: undefined } } });
// error TS2345: Argument of type '"workerExits"' is not assignable
new ClusterPrimary<Kitchen>().on('workerExits', () => {});
// error TS2339: Property 'exitCode' does not exist on type 'AboutWorker & { readonly code: number | null; readonly signal: string | null; readonly exit: ExitRecord; }'.
new ClusterPrimary<Kitchen>().on('workerExit', ({ data }) => data.exitCode);
// error TS2339: Property 'push' does not exist on type 'readonly WorkerHandle<Kitchen>[]'.
new ClusterPrimary<Kitchen>().workers.push();
// error TS2561: Object literal may only specify known properties, but 'workerCuont' does not exist in type 'ForkOptions'. Did you mean to write 'workerCount'?
void new ClusterPrimary<Kitchen>().fork({ workerCuont: 2 });
// error TS2322: Type 'number' is not assignable to type 'string'.
new ClusterWorker<Kitchen>().status = 1;
// error TS2344: Type '"workerExits"' does not satisfy
export const event: EventOf<PrimaryEvents, 'workerExits'> | undefined = undefined;
