import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Turns } from '../../lib/storage/turns.js';

/** Resolves when every microtask that is due has run. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** Who has had a turn so far, of three; each ends when the test says so. */
async function three(turns: Turns, names: readonly [string, string, string]) {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  names.forEach((name, index) => {
    void turns.take(name).then(done => {
      begun.push(index);
      ends[index] = done;
    });
  });
  await settled();
  return { begun, end: (index: number) => ends[index]?.() };
}

describe('Turns', () => {
  it('come one after the other', async () => {
    const { begun, end } = await three(new Turns(), ['oven', 'oven', 'oven']);
    expect(begun).to.deep.equal([0]);

    end(0);
    await settled();
    expect(begun).to.deep.equal([0, 1]);
  });

  it('come at once where they are about different things', async () => {
    const { begun } = await three(new Turns(), ['oven', 'sink', 'oven']);

    expect(begun).to.deep.equal([0, 1]);
  });

  it('end once, however often that is said', async () => {
    const { begun, end } = await three(new Turns(), ['oven', 'oven', 'oven']);
    end(0);
    end(0);
    await settled();
    end(0);
    await settled();

    expect(begun).to.deep.equal([0, 1]);
  });

  it('leave nothing behind', async () => {
    const turns = new Turns();
    const { end } = await three(turns, ['oven', 'sink', 'oven']);
    for (const index of [0, 1, 2]) {
      end(index);
      await settled();
    }

    expect(turns.size).to.equal(0);
  });
});
