import { expect } from 'chai';
import { describe, it } from 'mocha';
import { StopLadder } from '../../lib/primary/stop-ladder.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeProcess } from '../support/fake-worker.js';

function setUp() {
  const process = new FakeProcess(1);
  const clock = new FakeClock();
  const told: string[] = [];
  const ladder = new StopLadder(process, clock, () => told.push(`after ${process.signals.length} signals`));
  return { process, clock, ladder, told };
}

describe('StopLadder', () => {
  it('stands on no rung at first', () => {
    expect(setUp().ladder.rung).to.equal(undefined);
  });

  it('asks, then sends SIGTERM, then SIGKILL, each at its deadline', () => {
    const { process, clock, ladder } = setUp();
    ladder.climb({ drainTimeout: 100, killTimeout: 10 });
    expect(ladder.rung).to.equal('asked');

    clock.advance(99);
    expect(process.signals).to.deep.equal([]);
    clock.advance(1);
    expect(ladder.rung).to.equal('SIGTERM');
    clock.advance(9);
    expect(process.signals).to.deep.equal(['SIGTERM']);
    clock.advance(1);

    expect(process.signals).to.deep.equal(['SIGTERM', 'SIGKILL']);
    expect(ladder.rung).to.equal('SIGKILL');
    expect(clock.pending).to.equal(0);
  });

  it('tells before each signal', () => {
    const { clock, ladder, told } = setUp();
    ladder.climb({ drainTimeout: 1, killTimeout: 1 });

    clock.advance(2);

    expect(told).to.deep.equal(['after 0 signals', 'after 1 signals']);
  });

  it('kills at once without any time', () => {
    const { process, ladder } = setUp();

    ladder.climb({ drainTimeout: 0, killTimeout: 0 });

    expect(process.signals).to.deep.equal(['SIGTERM', 'SIGKILL']);
  });

  it('waits for ever where the time is Infinity', () => {
    const { process, clock, ladder } = setUp();

    ladder.climb({ drainTimeout: Number.POSITIVE_INFINITY, killTimeout: 1 });
    clock.advance(1e12);

    expect(process.signals).to.deep.equal([]);
  });

  it('stops when the process is gone', () => {
    const { process, clock, ladder } = setUp();
    ladder.climb({ drainTimeout: 100, killTimeout: 10 });

    ladder.stop();
    clock.advance(1_000);

    expect(process.signals).to.deep.equal([]);
    expect(ladder.rung).to.equal('asked');
  });

  describe('#kill', () => {
    it('goes straight to SIGKILL, once, whatever the process was promised', () => {
      for (const promised of [false, true]) {
        const { process, clock, ladder, told } = setUp();
        if (promised) ladder.climb({ drainTimeout: 100, killTimeout: 10 });

        ladder.kill();
        clock.advance(1_000);

        expect(process.signals).to.deep.equal(['SIGKILL']);
        expect(ladder.rung).to.equal('SIGKILL');
        expect(told).to.deep.equal(['after 0 signals']);
      }
    });

    it('does nothing when the process is gone', () => {
      const { process, ladder } = setUp();
      ladder.stop();

      ladder.kill();

      expect(process.signals).to.deep.equal([]);
    });
  });

  describe('#allow', () => {
    it('lets the process leave by itself for as long as it said', () => {
      const { process, clock, ladder } = setUp();
      ladder.allow({ drainTimeout: 100, killTimeout: 10 });
      expect(ladder.rung).to.equal(undefined);
      clock.advance(99);
      expect(process.signals).to.deep.equal([]);

      clock.advance(11);

      expect(process.signals).to.deep.equal(['SIGTERM', 'SIGKILL']);
    });

    it('counts no more once somebody asks', () => {
      const { process, clock, ladder } = setUp();
      ladder.allow({ drainTimeout: 100, killTimeout: 10 });
      ladder.climb({ drainTimeout: 500, killTimeout: 10 });
      ladder.allow({ drainTimeout: 100, killTimeout: 10 });
      clock.advance(499);
      expect(process.signals).to.deep.equal([]);

      clock.advance(1);

      expect(process.signals).to.deep.equal(['SIGTERM']);
    });

    it('does nothing when the process is gone', () => {
      const { process, clock, ladder } = setUp();
      ladder.allow({ drainTimeout: 100, killTimeout: 10 });
      ladder.stop();
      ladder.allow({ drainTimeout: 100, killTimeout: 10 });
      ladder.climb({ drainTimeout: 100, killTimeout: 10 });
      clock.advance(1_000);

      expect(process.signals).to.deep.equal([]);
      expect(clock.pending).to.equal(0);
    });
  });

  describe('climbed again', () => {
    it('takes an earlier deadline', () => {
      const { process, clock, ladder } = setUp();
      ladder.climb({ drainTimeout: 100, killTimeout: 10 });
      clock.advance(20);

      ladder.climb({ drainTimeout: 30, killTimeout: 10 });
      clock.advance(30);

      expect(process.signals).to.deep.equal(['SIGTERM']);
    });

    it('ignores a later deadline', () => {
      const { process, clock, ladder } = setUp();
      ladder.climb({ drainTimeout: 100, killTimeout: 10 });

      ladder.climb({ drainTimeout: 500, killTimeout: 10 });
      clock.advance(100);

      expect(process.signals).to.deep.equal(['SIGTERM']);
    });

    it('never goes down a rung, and can shorten the last one', () => {
      const { process, clock, ladder } = setUp();
      ladder.climb({ drainTimeout: 0, killTimeout: 1_000 });

      ladder.climb({ drainTimeout: 0, killTimeout: 5 });
      clock.advance(5);

      expect(process.signals).to.deep.equal(['SIGTERM', 'SIGKILL']);
    });

    it('changes nothing at the top', () => {
      const { process, clock, ladder } = setUp();
      ladder.climb({ drainTimeout: 0, killTimeout: 0 });

      ladder.climb({ drainTimeout: 0, killTimeout: 0 });
      clock.advance(1_000);

      expect(process.signals).to.deep.equal(['SIGTERM', 'SIGKILL']);
    });
  });

  describe('#next', () => {
    it('is the signal that is due, and when', () => {
      const { clock, ladder } = setUp();
      clock.advance(5);
      expect(ladder.next).to.equal(undefined);

      ladder.climb({ drainTimeout: 100, killTimeout: 10 });
      expect(ladder.next).to.deep.equal({ signal: 'SIGTERM', at: 105 });
      clock.advance(100);
      expect(ladder.next).to.deep.equal({ signal: 'SIGKILL', at: 115 });
      clock.advance(10);

      expect(ladder.next).to.equal(undefined);
    });

    it('is SIGTERM while a process leaves by itself', () => {
      const { ladder } = setUp();
      ladder.allow({ drainTimeout: 100, killTimeout: 10 });

      expect(ladder.next).to.deep.equal({ signal: 'SIGTERM', at: 100 });
    });

    it('is nothing where there is no deadline, and once the process is gone', () => {
      const { ladder } = setUp();
      ladder.climb({ drainTimeout: Number.POSITIVE_INFINITY, killTimeout: 10 });
      expect(ladder.next).to.equal(undefined);

      ladder.climb({ drainTimeout: 100, killTimeout: 10 });
      ladder.stop();

      expect(ladder.next).to.equal(undefined);
    });
  });
});
