import { expect } from 'chai';
import { describe, it } from 'mocha';
import { GroupFailedError, InvalidOptionError, NoWorkerError, UnknownWorkerError } from '../../lib/errors/errors.js';
import { addressees, isEverybody } from '../../lib/primary/addressing.js';
import { FakeCrew } from '../support/fake-supervisor.js';

describe('addressing', () => {
  describe('addressees', () => {
    it('finds a worker by handle, id and name', async () => {
      using crew = new FakeCrew();
      const [cook] = await crew.ready(1, 'cook');

      for (const to of [cook, cook?.id, 'cook']) expect(addressees(to, crew.supervisor)).to.deep.equal([cook]);
    });

    it('finds a worker that is not ready', async () => {
      using crew = new FakeCrew();
      void crew.fork(1, 'cook');

      expect(addressees('cook', crew.supervisor)[0]).to.have.property('state', 'starting');
      expect(addressees(1, crew.supervisor)[0]).to.have.property('name', 'cook');
    });

    it('finds the slot by its name while nobody is in it', async () => {
      using crew = new FakeCrew();
      await crew.ready(1, 'cook');
      crew.cluster.worker(0).exits(1);
      crew.cluster.worker(1).exits(1);

      expect(addressees('cook', crew.supervisor)).to.deep.equal(crew.supervisor.slots);
    });

    it('means the next worker of the slot by its name while one leaves', async () => {
      using crew = new FakeCrew();
      await crew.ready(1, 'cook');
      crew.cluster.worker(0).process.disconnect();

      expect(addressees('cook', crew.supervisor)).to.deep.equal(crew.supervisor.slots);
    });

    it('gives an error for a slot that is not replaced any more', async () => {
      using crew = new FakeCrew({ restart: { intensity: 0 } });
      await crew.ready(1, 'cook');
      crew.cluster.worker(0).exits(1);

      expect(addressees('cook', crew.supervisor)[0]).to.be.instanceOf(GroupFailedError);
    });

    it('keeps a handle whose process is gone: what is sent to it is not for its replacement', async () => {
      using crew = new FakeCrew();
      const [cook] = await crew.ready(1, 'cook');
      crew.cluster.worker(0).exits(1);

      expect(addressees(cook, crew.supervisor)).to.deep.equal([cook]);
    });

    it('finds each of an array once, in order', async () => {
      using crew = new FakeCrew();
      const [first, second] = await crew.ready(2);

      expect(addressees([second, 'default-0', 2, first], crew.supervisor)).to.deep.equal([second, first]);
      expect(addressees([], crew.supervisor)).to.deep.equal([]);
    });

    it('finds every ready worker', async () => {
      using crew = new FakeCrew();
      const ready = await crew.ready(2);
      void crew.fork();

      for (const to of ['all', 'others', ['all', 1]]) expect(addressees(to, crew.supervisor)).to.deep.equal(ready);
    });

    it('gives an error for who is unknown, and so spares the others', async () => {
      using crew = new FakeCrew();
      const [cook] = await crew.ready(1, 'cook');
      const [unknown, known] = addressees(['waiter', 'cook'], crew.supervisor);

      expect(unknown).to.be.instanceOf(UnknownWorkerError);
      expect(unknown).to.have.property('message', 'There is no worker `"waiter"` (string); there are cook');
      expect(unknown).to.have.deep.property('details', { to: 'waiter', known: ['cook'] });
      expect(known).to.equal(cook);
      expect(addressees(99, crew.supervisor)[0]).to.be.instanceOf(UnknownWorkerError);
    });

    it('says when there is nobody at all', () => {
      using crew = new FakeCrew();

      expect(addressees(1, crew.supervisor)[0]).to.have.property('message').that.includes('there are none');
    });

    it('finds nothing that every object has', () => {
      using crew = new FakeCrew();

      for (const to of ['constructor', '__proto__']) {
        expect(addressees(to, crew.supervisor)[0]).to.be.instanceOf(UnknownWorkerError);
      }
    });

    it('never takes `undefined` for everybody', () => {
      using crew = new FakeCrew();

      for (const to of [undefined, [undefined]]) {
        expect(() => addressees(to, crew.supervisor)).to.throw(NoWorkerError, 'There is no worker to send to');
      }
    });

    it('refuses what is no destination', () => {
      using crew = new FakeCrew();

      for (const to of [null, {}, true, { id: 1 }]) {
        expect(() => addressees(to, crew.supervisor)).to.throw(
          InvalidOptionError,
          "Expected `to` to be a worker's handle, id or name, or an array of these, got ",
        );
      }
    });
  });

  describe('isEverybody', () => {
    it('tells the names of the whole cluster', () => {
      expect(['all', 'others', 'primary', 'cook', undefined].map(isEverybody)).to.deep.equal([
        ...[true, true, false, false, false],
      ]);
    });
  });
});
