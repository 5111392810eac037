import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PlacedProcess } from '../../lib/primary/placed-process.js';
import { Tally } from '../../lib/primary/statistics.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeWorker } from '../support/fake-worker.js';
import { slotOf } from '../support/worker-process.js';

class Lodger extends PlacedProcess {
  tells(handled: number | undefined): void {
    this.count(handled);
  }
}

function lodger() {
  const clock = new FakeClock(1_000);
  const [spare, tally] = [slotOf('api-standby-0', 0, 'standby'), new Tally()];
  const { node } = new FakeWorker(7);
  return { clock, spare, tally, node, each: new Lodger({ node, slot: spare, generation: 1, tally, clock }) };
}

describe('PlacedProcess', () => {
  it('lives where it begins', () => {
    const { each, node, spare, tally } = lodger();

    expect([each.node, each.slot, each.tally]).to.deep.equal([node, spare, tally]);
    expect(each.generation).to.equal(1);
  });

  it('grows older from its fork on, wherever it lives', () => {
    const { each, clock } = lodger();
    clock.advance(30);
    each.moveTo(slotOf('api-0'), 4, new Tally());
    clock.advance(20);

    expect(each.uptime).to.equal(50);
  });

  it('is the same process in another slot once it has moved', () => {
    const { each, node } = lodger();
    const [slot, tally] = [slotOf('api-0'), new Tally()];
    each.moveTo(slot, 4, tally);

    expect(each.slot).to.equal(slot);
    expect(each.tally).to.equal(tally);
    expect([each.generation, each.node]).to.deep.equal([4, node]);
  });

  it('counts what it has handled, once, where it lives at the time', () => {
    const { each, tally } = lodger();
    const later = new Tally();
    each.tells(undefined);
    each.tells(3);
    each.tells(3);
    each.moveTo(slotOf('api-0'), 4, later);
    each.tells(10);

    expect([tally.messagesHandled, later.messagesHandled]).to.deep.equal([3, 7]);
  });
});
