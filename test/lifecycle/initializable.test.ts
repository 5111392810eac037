import { expect } from 'chai';
import { describe, it } from 'mocha';
import { DestroyedError, InvalidOptionError, PreventedError, UnknownOptionError } from '../../lib/errors/errors.js';
import {
  Initializable,
  type InitializableEvents,
  type InitializableOptions,
} from '../../lib/lifecycle/initializable.js';
import { finishDestruction, finishInitialization, ownStep, prepareDestruction } from '../../lib/lifecycle/levels.js';
import type { OptionDeclarations, ResolvedOptions } from '../../lib/lifecycle/option-table.js';
import { Deferred } from '../../lib/util/deferred.js';
import { runProgram } from '../support/run-program.js';
import { rejection } from '../support/thrown.js';

interface KitchenOptions extends InitializableOptions {
  readonly oven?: string | undefined;
  readonly log?: string[] | undefined;
  /** What a step does beside being written down. */
  readonly steps?: Readonly<Record<string, () => unknown>> | undefined;
}

/** A level that writes down what is called. */
class Kitchen extends Initializable {
  static override options: OptionDeclarations = { oven: { default: 'gas' }, log: {}, steps: { default: {} } };
  readonly log: string[];
  readonly #steps: Readonly<Record<string, () => unknown>>;

  constructor(options: KitchenOptions = {}) {
    super(options);
    this.log = options.log ?? [];
    this.#steps = options.steps ?? {};
  }

  get options(): ResolvedOptions {
    return this._options;
  }
  get isReady(): boolean {
    return this._isReady;
  }
  get destroying(): AbortSignal {
    return this._destroying;
  }

  protected override async _initialize(_options: ResolvedOptions): Promise<void> {
    await this.step('Kitchen');
  }
  protected override async _destroy(): Promise<void> {
    await this.step('destroy Kitchen');
  }
  protected async step(name: string): Promise<void> {
    this.log.push(name);
    await this.#steps[name]?.();
    this.log.push(`${name} done`);
  }
}

interface BakeryOptions extends KitchenOptions {
  readonly flour?: string | undefined;
}

/** The level above it, with an option, a field and the library's hooks. */
class Bakery extends Kitchen {
  static override options: OptionDeclarations = { flour: { default: 'rye' }, oven: { default: 'stone' } };
  readonly field = 'field';
  seen: object | undefined;

  constructor(options: BakeryOptions = {}) {
    super(options);
  }

  protected override async _initialize(options: ResolvedOptions): Promise<void> {
    this.seen = { options, field: this.field };
    await this.step('Bakery');
  }
  protected override async _destroy(): Promise<void> {
    await this.step('destroy Bakery');
  }
  protected override async [finishInitialization](): Promise<void> {
    await this.step('finish');
  }
  protected override async [prepareDestruction](): Promise<void> {
    await this.step('prepare');
  }
}

/** The level above that, with the hook for the very end. */
class Diner extends Bakery {
  protected override async [finishDestruction](): Promise<void> {
    await this.step('closed');
  }
}

/** What was begun, without its ends. */
function begun({ log }: { readonly log: readonly string[] }): readonly string[] {
  return log.filter(line => !line.endsWith(' done'));
}

function fail(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

/** The names of the lifecycle's events, in the order in which they come. */
function eventLog(instance: Initializable): string[] {
  const names: string[] = [];
  const note = ({ name }: { readonly name: string }) => names.push(name);
  for (const name of ['initialize', 'initializeComplete', 'initializeError', 'destroy', 'destroyComplete'] as const) {
    instance.on(name, note);
  }
  return names;
}

describe('Initializable', () => {
  describe('initialization', () => {
    it('runs the method of each level, base first, each awaited, then finishes', async () => {
      const bakery = await new Bakery().ready;

      const steps = ['Kitchen', 'Bakery', 'finish'];
      expect(bakery.log).to.deep.equal(steps.flatMap(step => [step, `${step} done`]));
    });

    it('skips a level without a method of its own', async () => {
      class Annex extends Bakery {}

      expect(begun(await new Annex().ready)).to.deep.equal(['Kitchen', 'Bakery', 'finish']);
    });

    it('starts after the constructors, when the fields of every subclass exist', async () => {
      const bakery = new Bakery();
      expect(bakery.log).to.deep.equal([]);
      expect(bakery.seen).to.equal(undefined);

      await bakery.ready;

      expect(bakery.seen).to.deep.include({ field: 'field' });
    });

    it('starts one microtask later', async () => {
      const bakery = new Bakery();

      await undefined;

      expect(bakery.log).to.include('Kitchen');
    });

    it("runs the library's own step of a level before the user's", async () => {
      class Oven extends Bakery {
        [ownStep._initialize](): void {
          this.log.push('own');
        }
        protected override async _initialize(): Promise<void> {
          this.log.push('Oven');
        }
      }

      expect(begun(await new Oven().ready)).to.deep.equal(['Kitchen', 'Bakery', 'own', 'Oven', 'finish']);
    });

    it('has no level of its own that a subclass could reach with `super`', () => {
      expect(Reflect.get(Initializable.prototype, '_initialize')).to.equal(undefined);
      expect(Reflect.get(Initializable.prototype, '_destroy')).to.equal(undefined);
    });

    it('hands every level the resolved options, frozen', async () => {
      const bakery = await new Bakery({ flour: 'wheat' }).ready;

      expect(bakery.seen).to.have.property('options', bakery.options);
      expect(bakery.options).to.be.frozen.and.include({ flour: 'wheat', oven: 'stone', initialize: true });
    });

    it('is ready when all is done', async () => {
      const bakery = new Bakery();
      expect(bakery.isReady).to.equal(false);

      expect(await bakery.ready).to.equal(bakery);

      expect(bakery.isReady).to.equal(true);
    });

    it('has one promise', () => {
      const bakery = new Bakery({ initialize: false });

      expect(bakery.ready).to.equal(bakery.ready);
    });
  });

  describe('options', () => {
    it('merges those of every level, the most derived last', async () => {
      class Patisserie extends Bakery {
        static override options: OptionDeclarations = { sugar: { default: 1 } };
      }

      const { options } = new Patisserie({ initialize: false });

      expect(options).to.include({ initialize: false, oven: 'stone', flour: 'rye', sugar: 1 });
      expect(new Kitchen({ initialize: false }).options).to.include({ oven: 'gas' });
    });

    it('refuses an unknown name with a suggestion, in the constructor', () => {
      // @ts-expect-error the name is misspelt
      expect(() => new Bakery({ fluor: 'wheat' }))
        .to.throw(UnknownOptionError, 'Bakery has no option `fluor`; did you mean `flour`?')
        .with.property('code', 'CLUSTER_UNKNOWN_OPTION');
    });

    it('refuses a name that only a subclass knows', () => {
      // @ts-expect-error it is an option of Bakery
      expect(() => new Kitchen({ flour: 'wheat' })).to.throw(UnknownOptionError, 'Kitchen has no option `flour`');
    });

    it('refuses a value that breaks its rule', () => {
      // @ts-expect-error the value is of a wrong type
      expect(() => new Bakery({ initialize: 'yes' })).to.throw(
        InvalidOptionError,
        'Expected `initialize` to be a boolean, got `"yes"` (string)',
      );
    });
  });

  describe('options that are refused', () => {
    it('are told with a stack that begins where the constructor was called, however long the chain of classes is', async () => {
      const refused = await rejection(function caller() {
        return new Bakery({ fluor: 'rye' } as object);
      });

      expect(refused.stack?.split('\n')[1]).to.contain('caller');
    });
  });

  describe('#initialize', () => {
    it('starts an instance that does not start by itself', async () => {
      const bakery = new Bakery({ initialize: false });
      await undefined;
      expect(bakery.log).to.deep.equal([]);

      expect(await bakery.initialize()).to.equal(bakery);

      expect(begun(bakery)).to.deep.equal(['Kitchen', 'Bakery', 'finish']);
    });

    it('takes options over those of the constructor', async () => {
      const bakery = new Bakery({ initialize: false, flour: 'wheat', oven: 'gas' });

      await bakery.initialize({ flour: 'spelt' });

      expect(bakery.options).to.include({ flour: 'spelt', oven: 'gas' });
    });

    it('joins an initialization that runs, and changes no options then', async () => {
      const bakery = new Bakery({ initialize: false });
      const first = bakery.initialize();

      expect(bakery.initialize({ flour: 'late' })).to.equal(first);
      await first;

      expect(begun(bakery)).to.deep.equal(['Kitchen', 'Bakery', 'finish']);
      expect(bakery.options).to.include({ flour: 'rye' });
    });

    it('refuses bad options and can be called again with good ones', async () => {
      const bakery = new Bakery({ initialize: false });

      expect(() => bakery.initialize({ flavour: 'sweet' })).to.throw(UnknownOptionError);
      await bakery.initialize({ flour: 'spelt' });

      expect(bakery.options).to.include({ flour: 'spelt' });
    });

    it('rejects once the instance is destroyed', async () => {
      const bakery = new Bakery({ initialize: false });
      await bakery.destroy();

      expect(await rejection(bakery.initialize())).to.be.instanceOf(DestroyedError);
      expect(bakery.log).not.to.include('Kitchen');
    });
  });

  describe('a failure', () => {
    it('destroys what had begun, most derived first, then rejects with the error', async () => {
      const bakery = new Bakery({ steps: { Bakery: fail('no flour') } });

      expect(await rejection(bakery.ready)).to.have.property('message', 'no flour');

      expect(begun(bakery)).to.deep.equal(['Kitchen', 'Bakery', 'prepare', 'destroy Bakery', 'destroy Kitchen']);
    });

    it('climbs no further', async () => {
      const bakery = new Bakery({ steps: { Kitchen: fail('no gas') } });

      await rejection(bakery.ready);

      expect(begun(bakery)).to.deep.equal(['Kitchen', 'prepare', 'destroy Kitchen']);
    });

    it('is the cause of the reason for which the instance is destroyed', async () => {
      const broken = new Bakery({ steps: { Kitchen: fail('no gas') } });
      const sound = await new Bakery().ready;

      await Promise.all([rejection(broken.ready), sound.destroy()]);

      expect(broken.destroying.reason).to.be.instanceOf(DestroyedError).with.nested.property('cause.message', 'no gas');
      expect(sound.destroying.reason).to.be.instanceOf(DestroyedError).and.not.have.property('cause');
    });

    it('of the end destroys every level', async () => {
      const bakery = new Bakery({ steps: { finish: fail('no guests') } });

      expect(await rejection(bakery.ready)).to.have.property('message', 'no guests');

      expect(begun(bakery)).to.include.members(['destroy Bakery', 'destroy Kitchen']);
    });

    it('puts the errors of the clean-up into its details', async () => {
      const steps = { Bakery: fail('no flour'), 'destroy Bakery': fail('dirty'), 'destroy Kitchen': fail('hot') };
      const bakery = new Bakery({ steps });

      const { message, details } = await rejection(bakery.ready);

      expect(message).to.equal('no flour');
      const errors = details?.cleanUpErrors as readonly Error[];
      expect(errors.map(error => error.message)).to.deep.equal(['dirty', 'hot']);
    });

    it('keeps the details an error has', async () => {
      const broken = () => {
        throw new PreventedError('no flour', { event: 'bake' });
      };
      const bakery = new Bakery({ steps: { Bakery: broken, 'destroy Kitchen': fail('hot') } });

      const { details } = await rejection(bakery.ready);

      expect(details).to.include({ event: 'bake' }).and.have.property('cleanUpErrors').with.lengthOf(1);
    });

    it('passes on what can have no details', async () => {
      for (const thrown of ['a string', undefined, Object.freeze(new Error('frozen'))]) {
        const broken = () => {
          throw thrown;
        };
        const bakery = new Bakery({ steps: { Bakery: broken, 'destroy Kitchen': fail('hot') } });

        expect(await rejection(bakery.ready)).to.equal(thrown);
      }
    });

    it('is told by `initializeError`, also to late subscribers', async () => {
      const bakery = new Bakery({ steps: { Bakery: fail('no flour') } });
      const seen: unknown[] = [];
      bakery.on('initializeError', ({ data }) => seen.push(data.error));

      const error = await rejection(bakery.ready);
      bakery.on('initializeError', ({ data }) => seen.push(data.error));

      expect(seen).to.deep.equal([error, error]);
    });

    it('still makes `destroy` join the clean-up', async () => {
      const bakery = new Bakery({ steps: { Bakery: fail('no flour') } });
      await rejection(bakery.ready);

      await bakery.destroy();

      expect(begun(bakery).filter(step => step === 'destroy Kitchen')).to.have.lengthOf(1);
    });

    it('that nobody handles crashes the process', async () => {
      const { code, stderr } = await runFixture('unhandled-failure.js');

      expect(code).to.equal(1);
      expect(stderr).to.include('Error: The oven is broken');
    });

    it('that was awaited, prevented or destroyed does not', async () => {
      expect(await runFixture('handled-failures.js')).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    });
  });

  describe('a prevented initialization', () => {
    it('rejects and runs no level', async () => {
      const bakery = new Bakery();
      bakery.before('initialize', event => void event.prevent());

      const error = await rejection(bakery.ready);

      expect(error).to.be.instanceOf(PreventedError).with.property('code', 'CLUSTER_PREVENTED');
      expect(bakery.log).not.to.include('Kitchen');
    });
  });

  describe('#destroy', () => {
    it('destroys every level, most derived first, each awaited', async () => {
      const bakery = await new Bakery().ready;
      bakery.log.length = 0;

      await bakery.destroy();

      const steps = ['prepare', 'destroy Bakery', 'destroy Kitchen'];
      expect(bakery.log).to.deep.equal(steps.flatMap(step => [step, `${step} done`]));
      expect(bakery.isReady).to.equal(false);
    });

    it('joins a destruction that runs, and one that is over', async () => {
      const bakery = await new Bakery().ready;

      const first = bakery.destroy();
      expect(bakery.destroy()).to.equal(first);
      await first;
      expect(bakery.destroy()).to.equal(first);

      expect(begun(bakery).filter(step => step === 'destroy Kitchen')).to.have.lengthOf(1);
    });

    it('is joined by a listener of its own event', async () => {
      const kitchen = await new Kitchen().ready;
      const joined: Promise<void>[] = [];
      kitchen.on('destroy', () => {
        joined.push(kitchen.destroy());
      });

      const destroyed = kitchen.destroy();
      await destroyed;

      expect(joined).to.deep.equal([destroyed]);
      expect(kitchen.log.filter(step => step === 'destroy Kitchen')).to.have.lengthOf(1);
    });

    it('cancels before the start: no level runs and `ready` rejects', async () => {
      const bakery = new Bakery();

      await bakery.destroy();

      expect(await rejection(bakery.ready))
        .to.be.instanceOf(DestroyedError)
        .and.include({ code: 'CLUSTER_DESTROYED', message: 'This Bakery is destroyed' });
      expect(begun(bakery)).to.deep.equal(['prepare']);
    });

    it('waits for the level that runs, climbs no further and unwinds', async () => {
      const gate = new Deferred<void>();
      const bakery = new Bakery({ steps: { Kitchen: () => gate.promise } });
      await undefined;

      const destroyed = bakery.destroy();
      expect(begun(bakery)).to.deep.equal(['Kitchen']);
      gate.resolve();
      await destroyed;

      expect(await rejection(bakery.ready)).to.be.instanceOf(DestroyedError);
      expect(bakery.log).to.deep.equal([
        ...['Kitchen', 'Kitchen done', 'prepare', 'prepare done', 'destroy Kitchen', 'destroy Kitchen done'],
      ]);
    });

    it('rejects `ready` with DestroyedError, whose cause it is, when the level that runs fails', async () => {
      const gate = new Deferred<void>();
      const bakery = new Bakery({ steps: { Kitchen: () => gate.promise } });
      await undefined;

      const destroyed = bakery.destroy();
      gate.reject(new Error('no gas'));
      await destroyed;

      expect(await rejection(bakery.ready))
        .to.be.instanceOf(DestroyedError)
        .with.nested.property('cause.message', 'no gas');
    });

    it('waits for the end of the initialization', async () => {
      const gate = new Deferred<void>();
      const arrived = new Deferred<void>();
      const finish = () => {
        arrived.resolve();
        return gate.promise;
      };
      const bakery = new Bakery({ steps: { finish } });
      await arrived.promise;

      const destroyed = bakery.destroy();
      gate.resolve();
      await destroyed;

      expect(await rejection(bakery.ready)).to.be.instanceOf(DestroyedError);
      expect(begun(bakery).slice(-3)).to.deep.equal(['prepare', 'destroy Bakery', 'destroy Kitchen']);
    });

    it('finishes when every level is destroyed, and before anybody is told', async () => {
      const diner = await new Diner().ready;
      diner.after('destroyComplete', () => diner.log.push('told'));

      await diner.destroy();

      expect(begun(diner).slice(-3)).to.deep.equal(['destroy Kitchen', 'closed', 'told']);
    });

    it('finishes also when there was nothing to destroy, and when a level failed', async () => {
      const unborn = new Diner({ initialize: false });
      const dirty = await new Diner({ steps: { 'destroy Kitchen': fail('hot'), closed: fail('jammed') } }).ready;

      await unborn.destroy();
      const { errors } = await rejection<AggregateError>(dirty.destroy());

      expect(begun(unborn)).to.deep.equal(['prepare', 'closed']);
      expect(errors.map(each => each.message)).to.deep.equal(['hot', 'jammed']);
    });

    it('runs every step even when some fail, then throws all errors', async () => {
      const steps = { prepare: fail('late'), 'destroy Bakery': fail('dirty'), 'destroy Kitchen': fail('hot') };
      const bakery = await new Bakery({ steps }).ready;

      const error = await rejection<AggregateError>(bakery.destroy());

      expect(error).to.be.instanceOf(AggregateError).with.property('message', 'Bakery could not be destroyed cleanly');
      expect(error.errors.map(each => each.message)).to.deep.equal(['late', 'dirty', 'hot']);
    });

    it('aborts the signal of the destruction, with the reason, before anything else', async () => {
      const bakery = new Bakery();
      const { destroying } = bakery;
      bakery.on('destroy', () => bakery.log.push(`aborted: ${destroying.aborted}`));

      await bakery.destroy();

      expect(bakery.log[0]).to.equal('aborted: true');
      expect(destroying.reason).to.be.instanceOf(DestroyedError);
    });

    it('is what disposal does', async () => {
      const bakery = new Bakery();

      expect(bakery[Symbol.asyncDispose]()).to.equal(bakery.destroy());
      await bakery.destroy();
    });
  });

  describe('events', () => {
    it('come in order when all goes well', async () => {
      const bakery = new Bakery();
      const names = eventLog(bakery);

      await bakery.ready;
      await bakery.destroy();

      expect(names).to.deep.equal(['initialize', 'initializeComplete', 'destroy', 'destroyComplete']);
    });

    it('come in order when initialization fails', async () => {
      const bakery = new Bakery({ steps: { Bakery: fail('no flour') } });
      const names = eventLog(bakery);

      await rejection(bakery.ready);
      await bakery.destroy();

      expect(names).to.deep.equal(['initialize', 'destroy', 'initializeError', 'destroyComplete']);
    });

    it('reach late subscribers: `initializeComplete` and `destroyComplete`', async () => {
      const bakery = await new Bakery().ready;
      const late: string[] = [];
      bakery.on('initializeComplete', ({ name }) => late.push(name));
      await bakery.destroy();
      bakery.on('destroyComplete', ({ name }) => late.push(name));

      expect(late).to.deep.equal(['initializeComplete', 'destroyComplete']);
    });

    it('of the destruction are facts', async () => {
      const bakery = await new Bakery().ready;
      const refused: unknown[] = [];
      bakery.before('destroy', event => {
        try {
          event.prevent();
        } catch (error) {
          refused.push(error);
        }
      });

      await bakery.destroy();

      expect(refused).to.have.lengthOf(1);
      expect(begun(bakery)).to.include('destroy Kitchen');
    });

    it('carry the options and the levels see what a subscriber did before', async () => {
      const bakery = new Bakery({ flour: 'wheat' });
      bakery.on('initialize', ({ data }) => bakery.log.push(`flour: ${data.options.flour}`));

      await bakery.ready;

      expect(bakery.log.slice(0, 2)).to.deep.equal(['flour: wheat', 'Kitchen']);
    });

    it('have complete methods that a subclass writes', async () => {
      class Watched extends Kitchen {
        protected _eventInitializeComplete({ name }: { readonly name: keyof InitializableEvents }): void {
          this.log.push(name);
        }
      }

      const watched = new Watched();
      await watched.ready;

      expect(watched.log.at(-1)).to.equal('initializeComplete');
    });
  });

  describe('disposal', () => {
    it('works as written in TypeScript', async () => {
      const { code, stdout } = await runFixture('await-using.js');

      expect(code).to.equal(0);
      expect(stdout.split('\n')).to.deep.equal([
        ...['heat the oven', 'bring the flour', 'bake with flour', 'cool the oven', 'closed', ''],
      ]);
    });

    it('works as written in plain JavaScript', async () => {
      const { code, stdout } = await runProgram('test/fixtures/lifecycle/plain-javascript.mjs');

      expect(code).to.equal(0);
      expect(stdout.split('\n')).to.deep.equal([
        ...['heat the stone oven', 'bring the flour', 'bake', 'cool down', ''],
      ]);
    });
  });
});

function runFixture(name: string) {
  return runProgram(`dist/test/fixtures/lifecycle/${name}`);
}
