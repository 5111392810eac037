import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  GroupFailedError,
  InvalidOptionError,
  NoWorkerError,
  UnknownGroupError,
  UnknownOptionError,
  UnknownWorkerError,
} from '../../lib/errors/errors.js';
import {
  AddressBook,
  type Addressee,
  isEverybody,
  isSeveral,
  isTarget,
  type Letter,
  targetOf,
} from '../../lib/primary/addressing.js';
import { Selector } from '../../lib/primary/selector.js';
import type { WorkerHandle } from '../../lib/primary/worker-handle.js';
import { crewOfGroups, FakeCrew } from '../support/fake-supervisor.js';

function find(to: unknown, { supervisor }: FakeCrew, letter: Partial<Letter> = {}): readonly Addressee[] {
  return new AddressBook(supervisor, new Selector(supervisor)).addressees(to, { message: { type: 'cook' }, ...letter });
}

describe('addressing', () => {
  describe('AddressBook', () => {
    it('finds a worker by handle, id and name', async () => {
      using crew = new FakeCrew();
      const [cook] = await crew.ready(1, 'cook');

      for (const to of [cook, cook?.id, 'cook']) expect(find(to, crew)).to.deep.equal([cook]);
    });

    it('finds a worker that is not ready', async () => {
      using crew = new FakeCrew();
      void crew.fork(1, 'cook');

      expect(find('cook', crew)[0]).to.have.property('state', 'starting');
      expect(find(1, crew)[0]).to.have.property('name', 'cook');
    });

    it('finds the slot by its name while nobody is in it', async () => {
      using crew = new FakeCrew();
      await crew.ready(1, 'cook');
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(1).exits(1);

      expect(find('cook', crew)).to.deep.equal(crew.supervisor.slots);
    });

    it('means the next worker of the slot by its name while one leaves', async () => {
      using crew = new FakeCrew();
      await crew.ready(1, 'cook');
      crew.cluster.worker(0).process.disconnect();

      expect(find('cook', crew)).to.deep.equal(crew.supervisor.slots);
    });

    it('gives an error for a slot that is not replaced any more', async () => {
      using crew = new FakeCrew({ restart: { intensity: 0 } });
      await crew.ready(1, 'cook');
      crew.cluster.worker(0).exits(1);

      expect(find('cook', crew)[0]).to.be.instanceOf(GroupFailedError);
    });

    it('keeps a handle whose process is gone: what is sent to it is not for its replacement', async () => {
      using crew = new FakeCrew();
      const [cook] = await crew.ready(1, 'cook');
      crew.cluster.worker(0).exits(1);

      expect(find(cook, crew)).to.deep.equal([cook]);
    });

    it('finds each of an array once, in order', async () => {
      using crew = new FakeCrew();
      const [first, second] = await crew.ready(2);

      expect(find([second, 'default-0', 2, first], crew)).to.deep.equal([second, first]);
      expect(find([], crew)).to.deep.equal([]);
    });

    it('finds every ready worker', async () => {
      using crew = new FakeCrew();
      const ready = await crew.ready(2);
      void crew.fork();

      for (const to of ['all', 'others', ['all', 1]]) expect(find(to, crew)).to.deep.equal(ready);
    });

    it('gives an error for who is unknown, and so spares the others', async () => {
      using crew = new FakeCrew();
      const [cook] = await crew.ready(1, 'cook');
      const [unknown, known] = find(['waiter', 'cook'], crew);

      expect(unknown).to.be.instanceOf(UnknownWorkerError);
      expect(unknown).to.have.property('message', 'There is no worker `"waiter"` (string); there are cook');
      expect(unknown).to.have.deep.property('details', { to: 'waiter', known: ['cook'] });
      expect(known).to.equal(cook);
      expect(find(99, crew)[0]).to.be.instanceOf(UnknownWorkerError);
    });

    it('says when there is nobody at all', () => {
      using crew = new FakeCrew();

      expect(find(1, crew)[0]).to.have.property('message').that.includes('there are none');
    });

    it('finds nothing that every object has', () => {
      using crew = new FakeCrew();

      for (const to of ['constructor', '__proto__']) {
        expect(find(to, crew)[0]).to.be.instanceOf(UnknownWorkerError);
      }
    });

    it('never takes `undefined` for everybody', () => {
      using crew = new FakeCrew();

      for (const to of [undefined, [undefined]]) {
        expect(() => find(to, crew)).to.throw(NoWorkerError, 'There is no worker to send to');
      }
    });

    it('refuses what is no destination', () => {
      using crew = new FakeCrew();

      for (const to of [null, true, new Date(), Symbol.iterator]) {
        expect(() => find(to, crew)).to.throw(
          InvalidOptionError,
          "Expected `to` to be a worker's handle, id or name, a selection, or an array of these, got ",
        );
      }
    });

    it('leaves out who sends, when it means the others', async () => {
      using crew = new FakeCrew();
      const [first, second] = await crew.ready(2);

      expect(find('others', crew, { from: first })).to.deep.equal([second]);
      expect(find('all', crew, { from: first })).to.deep.equal([first, second]);
    });

    it('means the next worker of the slot by its name when the present one is left out', async () => {
      using crew = new FakeCrew();
      const [cook] = await crew.ready(1, 'cook');

      expect(find('cook', crew, { except: new Set([cook as WorkerHandle]) })).to.deep.equal(crew.supervisor.slots);
    });

    describe('of a selection', () => {
      it('selects one of a group, in turns of its own for each type of message', async () => {
        using crew = crewOfGroups();
        await crew.ready(1);
        const [first, second] = await crew.ready(2, undefined, 'api');
        const wash = { message: { type: 'wash' } };

        expect([{}, {}, wash].map(letter => find({ group: 'api' }, crew, letter))).to.deep.equal([
          [first],
          [second],
          [first],
        ]);
        expect(find({ group: 'api', tag: 'wash' }, crew)).to.deep.equal([second]);
      });

      it('selects by the strategy that it names, among all', async () => {
        using crew = new FakeCrew();
        const [first, second] = await crew.ready(2);
        first?.request({ message: { type: 'cook' } }).catch(() => {});

        expect(find({ select: 'leastPending' }, crew)).to.deep.equal([second]);
      });

      it('finds every ready worker of a group, or of all', async () => {
        using crew = crewOfGroups();
        const others = await crew.ready(1);
        const api = await crew.ready(2, undefined, 'api');
        void crew.fork(1, undefined, 'api');

        expect(find({ group: 'api', select: 'all' }, crew)).to.deep.equal(api);
        expect(find({ select: 'all' }, crew)).to.deep.equal([...others, ...api]);
      });

      it('gives an error when nobody is ready, and when there is no such group', async () => {
        using crew = new FakeCrew();
        void crew.fork();

        expect(find({ group: 'default' }, crew)[0])
          .to.be.instanceOf(NoWorkerError)
          .with.property('message', 'No worker of group `default` is ready');
        expect(find({ select: 'hash', key: 'soup' }, crew)[0]).to.have.property('message', 'No worker is ready');
        expect(find({ group: 'default', select: 'all' }, crew)).to.deep.equal([]);
        for (const select of ['roundRobin', 'hash', 'all']) {
          const to = { group: 'none', select, ...(select === 'hash' && { key: '' }) };
          expect(find([to, 1], crew)[0], select).to.be.instanceOf(UnknownGroupError);
        }
      });

      it('finds each of an array once', async () => {
        using crew = new FakeCrew();
        const [first, second] = await crew.ready(2);

        expect(find([{ select: 'roundRobin' }, 2, { select: 'all' }], crew)).to.deep.equal([first, second]);
      });

      it('refuses one that is none', () => {
        using crew = new FakeCrew();

        expect(() => find({}, crew)).to.throw(InvalidOptionError, 'Expected `to` to have a `group` or a `select`');
        expect(() => find({ grup: 'api' }, crew)).to.throw(
          UnknownOptionError,
          '`to` has no option `grup`; did you mean `group`?',
        );
      });
    });
  });

  describe('isEverybody', () => {
    it('tells the names of the whole cluster', () => {
      expect(['all', 'others', 'primary', 'cook', undefined].map(isEverybody)).to.deep.equal([
        ...[true, true, false, false, false],
      ]);
    });
  });

  describe('isSeveral', () => {
    it('tells what may name any number of workers', () => {
      for (const to of ['all', 'others', [], ['cook'], { select: 'all' }]) expect(isSeveral(to)).to.equal(true);
      for (const to of ['cook', 1, { group: 'api' }, null, undefined]) expect(isSeveral(to)).to.equal(false);
    });
  });

  describe('isTarget', () => {
    it('takes only plain objects for selections', async () => {
      using crew = new FakeCrew();
      const [cook] = await crew.ready();

      for (const to of [{}, Object.create(null)]) expect(isTarget(to)).to.equal(true);
      for (const to of [cook, null, [], new Date(), 'api', 1]) expect(isTarget(to)).to.equal(false);
    });
  });

  describe('targetOf', () => {
    it('is what to select one by, with the type of the message for a tag', () => {
      expect(targetOf({ group: 'api' }, { message: { type: 'cook' } })).to.deep.equal({
        ...{ strategy: 'roundRobin', tag: 'cook', key: '', group: 'api' },
      });
      expect(targetOf({ group: 'api' }, { message: 'bare' })).to.have.property('tag', '');
    });

    it('refuses several', () => {
      expect(() => targetOf({ select: 'all' }, { message: 1 })).to.throw(InvalidOptionError, 'to select one worker');
    });
  });
});
